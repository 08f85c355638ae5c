using System.Security.Claims;
using LlmConsole.Core.Configuration;
using Microsoft.AspNetCore.Authorization;

namespace LlmConsole.Authentication;

/// <summary>Names of the authorization policies. Whoever signs in by cookie or presents an admin key is judged by the same ones.</summary>
public static class Access
{
    /// <summary>May see the console: viewer, admin, owner, or an admin key.</summary>
    public const string View = nameof(View);

    /// <summary>May change the configuration: admin, owner, or an admin key.</summary>
    public const string Edit = nameof(Edit);

    /// <summary>May manage owners and admin keys: owner only.</summary>
    public const string Own = nameof(Own);

    /// <summary>May use the chat page: any signed-in user.</summary>
    public const string Chat = nameof(Chat);

    /// <summary>Claim that holds the tenant's id of a signed-in user.</summary>
    public const string TenantClaim = "tenant";

    /// <summary>Claim that says <c>key</c> for an admin key; absent for people.</summary>
    public const string ActorKindClaim = "actor";

    /// <summary>The id of the signed-in user or admin key.</summary>
    public static string Id(this ClaimsPrincipal user) => user.FindFirstValue(ClaimTypes.NameIdentifier) ?? throw new InvalidOperationException("Nobody is signed in.");

    /// <summary>Whom the audit log shall name for a change made by this principal.</summary>
    public static Actor ToActor(this ClaimsPrincipal user, string? address) =>
        new(user.FindFirstValue(ActorKindClaim) ?? "user", user.Id(), user.Identity?.Name ?? user.Id(), address);

    /// <summary>What the principal may do; an admin key acts as an admin.</summary>
    public static UserRole Role(this ClaimsPrincipal user) =>
        Enum.TryParse<UserRole>(user.FindFirstValue(ClaimTypes.Role), out var role) ? role : UserRole.Member;

    /// <summary>The policies, and the rule that whatever names none is closed to strangers.</summary>
    public static void AddPolicies(AuthorizationBuilder authorization) => authorization
        .AddPolicy(View, policy => policy.RequireRole(nameof(UserRole.Owner), nameof(UserRole.Admin), nameof(UserRole.Viewer)))
        .AddPolicy(Edit, policy => policy.RequireRole(nameof(UserRole.Owner), nameof(UserRole.Admin)))
        .AddPolicy(Own, policy => policy.RequireRole(nameof(UserRole.Owner)))
        .AddPolicy(Chat, policy => policy.RequireAuthenticatedUser())
        .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
}
