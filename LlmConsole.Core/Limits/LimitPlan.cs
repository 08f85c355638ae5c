using LlmConsole.Core.Configuration;

namespace LlmConsole.Core.Limits;

/// <summary>Whose limits and budgets a call falls under, all of which it must fit.</summary>
public sealed class LimitPlan
{
    private LimitPlan(string tenantId, IReadOnlyList<LimitScope> scopes, (ScopeKind Kind, string Id)[] unlimited, int instances = 1)
    {
        Instances = instances;
        TenantId = tenantId;
        Scopes = scopes;
        Unlimited = unlimited;
        foreach (var scope in scopes)
        {
            MaxOutputTokens = Lower(MaxOutputTokens, scope.Limits.MaxOutputTokens);
            MaxPromptTokens = Lower(MaxPromptTokens, scope.Limits.MaxPromptTokens);
            HasTokenBudget |= scope.Limits.TokensPerMinute is not null;
            for (var i = 0; i < scope.Quotas.Count; i++) HasTokenBudget |= scope.Quotas[i] is { Hard: true, Unit: QuotaUnit.Tokens or QuotaUnit.Usd };
        }
    }

    public string TenantId { get; }
    public IReadOnlyList<LimitScope> Scopes { get; }

    /// <summary>The key and the user of the call, as far as they have no limits. They may have had some before, or get some while it runs: what it uses counts for them.</summary>
    internal (ScopeKind Kind, string Id)[] Unlimited { get; }

    /// <summary>The lowest cap of all scopes.</summary>
    public int? MaxOutputTokens { get; }
    public int? MaxPromptTokens { get; }

    /// <summary>Whether tokens or money are counted against anything, so that the worst case must be bounded before the call.</summary>
    public bool HasTokenBudget { get; }

    /// <summary>Among how many instances everything is divided, because they can't ask each other.</summary>
    public int Instances { get; }

    /// <summary>What one of so many instances may give by itself. Limits of a single call stay as they are.</summary>
    public LimitPlan ShareOf(int instances) =>
        instances <= 1 ? this : new LimitPlan(TenantId, [.. Scopes.Select(scope => scope with { Limits = Share(scope.Limits, instances) })], Unlimited, instances);

    private static LimitSet Share(in LimitSet limits, int instances)
    {
        return limits with { RequestsPerMinute = Part(limits.RequestsPerMinute), TokensPerMinute = Part(limits.TokensPerMinute), Concurrency = Part(limits.Concurrency) };

        // Rounded down, but never to nothing.
        int? Part(int? limit) => limit is { } number ? Math.Max(1, number / instances) : null;
    }

    private static int? Lower(int? a, int? b) => a is null || b < a ? b ?? a : a;

    public static LimitPlan For(Caller caller)
    {
        var (tenant, tier, key) = (caller.Tenant, caller.Tier, caller.Key);
        var scopes = new List<LimitScope>(3) { new(ScopeKind.Tenant, tenant.Id, tenant.Name, tenant.Overrides.Over(tier.Limits), tenant.Quotas ?? tier.Quotas) };
        (ScopeKind, string)[] unlimited = [];
        if (key is not null)
        {
            if (key.Limits != default || key.Quotas.Count > 0) scopes.Add(new(ScopeKind.Key, key.LineId, $"The key {key.Name}", key.Limits, key.Quotas));
            else unlimited = [(ScopeKind.Key, key.LineId)];
        }

        if (caller.UserId is { } user)
        {
            if (caller.Snapshot.FindUserLimit(tenant.Id, user) is { } own) scopes.Add(new(ScopeKind.User, user, "This user", own.Limits, own.Quotas));
            else unlimited = [.. unlimited, (ScopeKind.User, user)];
        }

        return new LimitPlan(tenant.Id, scopes, unlimited);
    }
}

/// <summary>One holder of limits.</summary>
/// <param name="Id">The tenant's or user's; of keys, that of their line.</param>
/// <param name="Label">How messages name it.</param>
public sealed record LimitScope(ScopeKind Kind, string Id, string Label, LimitSet Limits, IReadOnlyList<Quota> Quotas);

public enum ScopeKind
{
    Tenant,
    Key,
    User,
}
