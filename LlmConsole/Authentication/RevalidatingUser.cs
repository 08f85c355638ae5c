using System.Security.Claims;
using LlmConsole.Core.Configuration;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace LlmConsole.Authentication;

/// <summary>Ends a circuit's session soon after its user was disabled, removed, given another role, or changed the password elsewhere.</summary>
internal sealed class RevalidatingUser(ILoggerFactory logger, IServiceScopeFactory scopes, IOptions<IdentityOptions> options, IOptions<SecurityStampValidatorOptions> sessions)
    : RevalidatingServerAuthenticationStateProvider(logger)
{
    protected override TimeSpan RevalidationInterval => sessions.Value.ValidationInterval;

    protected override Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken) =>
        IsCurrentAsync(authenticationState.User, scopes, options.Value);

    /// <summary>Whether the user of a session is still who signed in, with the same role and tenant.</summary>
    internal static async Task<bool> IsCurrentAsync(ClaimsPrincipal principal, IServiceScopeFactory scopes, IdentityOptions options)
    {
        await using var scope = scopes.CreateAsyncScope();
        var user = await scope.ServiceProvider.GetRequiredService<UserManager<User>>().GetUserAsync(principal);
        return user is not null && IsCurrent(principal, user, options.ClaimsIdentity.SecurityStampClaimType);
    }

    internal static bool IsCurrent(ClaimsPrincipal principal, User user, string stampClaim) =>
        principal.FindFirstValue(stampClaim) == user.SecurityStamp
        && principal.FindFirstValue(ClaimTypes.Role) == user.Role.ToString()
        && principal.FindFirstValue(Access.TenantClaim) == user.TenantId;
}
