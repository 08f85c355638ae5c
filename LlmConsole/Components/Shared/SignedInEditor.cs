using LlmConsole.Authentication;
using LlmConsole.Core.Configuration;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components.Authorization;

namespace LlmConsole.Components.Shared;

/// <summary>Who changes something on a page. Every write asks anew, for a hidden button protects nothing.</summary>
internal sealed class SignedInEditor(AuthenticationStateProvider authentication, IAuthorizationService authorization, ClientAddress address)
{
    /// <summary>Whether to show what only some may do.</summary>
    public async Task<bool> MayAsync(string policy) => (await authorization.AuthorizeAsync((await authentication.GetAuthenticationStateAsync()).User, policy)).Succeeded;

    /// <summary>The signed-in user, as the audit log names them.</summary>
    /// <param name="policy">What they must be allowed: one of <see cref="Access"/>.</param>
    /// <exception cref="ConfigurationInvalidException">Their role doesn't allow it.</exception>
    public async Task<Actor> AuthorizeAsync(string policy = Access.Edit)
    {
        if (!await MayAsync(policy))
            throw new ConfigurationInvalidException([new Problem("", $"Your role doesn't allow this. Ask {(policy == Access.Own ? "an owner" : "an owner or admin")}.")]);
        return (await authentication.GetAuthenticationStateAsync()).User.ToActor(address.Value);
    }
}
