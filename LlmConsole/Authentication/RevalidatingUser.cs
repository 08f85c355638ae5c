using System.Security.Claims;
using LlmConsole.Core.Configuration;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace LlmConsole.Authentication;

/// <summary>Ends a circuit's session soon after its user was disabled, removed, given another role, or changed the password elsewhere.</summary>
internal sealed class RevalidatingUser(ILoggerFactory logger, IServiceScopeFactory scopes, IOptions<IdentityOptions> options)
    : RevalidatingServerAuthenticationStateProvider(logger)
{
    protected override TimeSpan RevalidationInterval => AccessRegistration.RevalidationInterval;

    protected override async Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var user = await scope.ServiceProvider.GetRequiredService<UserManager<User>>().GetUserAsync(authenticationState.User);
        return user is not null && IsCurrent(authenticationState.User, user, options.Value.ClaimsIdentity.SecurityStampClaimType);
    }

    internal static bool IsCurrent(ClaimsPrincipal principal, User user, string stampClaim) =>
        principal.FindFirstValue(stampClaim) == user.SecurityStamp
        && principal.FindFirstValue(ClaimTypes.Role) == user.Role.ToString()
        && principal.FindFirstValue(Access.TenantClaim) == user.TenantId;
}
