using LlmConsole.Core.Configuration;

namespace LlmConsole.Core.Limits;

/// <summary>Whose limits and budgets a call falls under, all of which it must fit.</summary>
public sealed class LimitPlan
{
    private LimitPlan(string tenantId, IReadOnlyList<LimitScope> scopes)
    {
        TenantId = tenantId;
        Scopes = scopes;
        MaxOutputTokens = scopes.Min(scope => scope.Limits.MaxOutputTokens);
        MaxPromptTokens = scopes.Min(scope => scope.Limits.MaxPromptTokens);
        HasTokenBudget = scopes.Any(scope => scope.Limits.TokensPerMinute is not null || scope.Quotas.Any(quota => quota is { Hard: true, Unit: QuotaUnit.Tokens or QuotaUnit.Usd }));
    }

    public string TenantId { get; }
    public IReadOnlyList<LimitScope> Scopes { get; }

    /// <summary>The lowest cap of all scopes.</summary>
    public int? MaxOutputTokens { get; }
    public int? MaxPromptTokens { get; }

    /// <summary>Whether tokens or money are counted against anything, so that the worst case must be bounded before the call.</summary>
    public bool HasTokenBudget { get; }

    public static LimitPlan For(Caller caller)
    {
        var (tenant, tier, key) = (caller.Tenant, caller.Tier, caller.Key);
        var scopes = new List<LimitScope>(3) { new(ScopeKind.Tenant, tenant.Id, tenant.Name, tenant.Overrides.Over(tier.Limits), tenant.Quotas ?? tier.Quotas) };
        if (key is not null && (key.Limits != default || key.Quotas.Count > 0)) scopes.Add(new(ScopeKind.Key, key.Id, $"The key {key.Name}", key.Limits, key.Quotas));
        if (caller.UserId is { } user && caller.Snapshot.FindUserLimit(tenant.Id, user) is { } own) scopes.Add(new(ScopeKind.User, user, "This user", own.Limits, own.Quotas));
        return new LimitPlan(tenant.Id, scopes);
    }
}

/// <summary>One holder of limits.</summary>
/// <param name="Label">How messages name it.</param>
public sealed record LimitScope(ScopeKind Kind, string Id, string Label, LimitSet Limits, IReadOnlyList<Quota> Quotas);

public enum ScopeKind
{
    Tenant,
    Key,
    User,
}
