using System.Security.Claims;
using LlmConsole.Core.Configuration;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace LlmConsole.Authentication;

/// <summary>What a session knows of its user: identity, role and tenant.</summary>
internal sealed class UserClaims(UserManager<User> users, IOptions<IdentityOptions> options) : UserClaimsPrincipalFactory<User>(users, options)
{
    protected override async Task<ClaimsIdentity> GenerateClaimsAsync(User user)
    {
        var identity = await base.GenerateClaimsAsync(user);
        identity.AddClaim(new Claim(ClaimTypes.Role, user.Role.ToString()));
        if (user.TenantId is { } tenant) identity.AddClaim(new Claim(Access.TenantClaim, tenant));
        return identity;
    }
}
