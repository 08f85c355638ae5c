using LlmConsole.Components.Console.Budgets;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Components.Console.Tiers;

/// <summary>Whom a change of a tier's limits would reach, told before it is saved.</summary>
/// <param name="Tenants">The tenants that the change holds for, by name.</param>
/// <param name="Over">Those that have spent more than a new budget already, each with its amount, in words.</param>
internal sealed record TierImpact(IReadOnlyList<string> Tenants, IReadOnlyList<string> Over)
{
    /// <summary>None when nothing gets tighter for anybody.</summary>
    public static async Task<TierImpact?> OfAsync(Tier before, Tier after, ConfigurationSnapshot snapshot, Standings standings, CancellationToken cancellation)
    {
        var tighterQuotas = after.Quotas.Any(quota => IsTighter(quota, before));
        var tenants = snapshot.Tenants.Values.Where(tenant => tenant.TierId == before.Id)
            .Where(tenant => (tighterQuotas && tenant.Quotas is null) || IsTighter(tenant.Overrides.Over(after.Limits), tenant.Overrides.Over(before.Limits)))
            .OrderBy(tenant => tenant.Name, StringComparer.OrdinalIgnoreCase).ToList();
        if (tenants.Count == 0) return null;

        var over = (await standings.UnderAsync(after, tighterQuotas ? tenants : [], snapshot, cancellation))
            .Where(one => IsTighter(one.Standing.Quota, before) && one.Standing.Spent + one.Standing.Reserved >= one.Standing.Quota.Limit)
            .Select(one => $"{one.Tenant.Name}, with {new SpendLevel(one.Standing).Words}");
        return new TierImpact([.. tenants.Select(tenant => tenant.Name)], [.. over]);
    }

    private static bool IsTighter(in LimitSet after, in LimitSet before) =>
        IsLower(after.RequestsPerMinute, before.RequestsPerMinute) || IsLower(after.TokensPerMinute, before.TokensPerMinute) || IsLower(after.Concurrency, before.Concurrency)
        || IsLower(after.MaxOutputTokens, before.MaxOutputTokens) || IsLower(after.MaxPromptTokens, before.MaxPromptTokens);

    private static bool IsLower(int? after, int? before) => after is { } limit && (before is not { } earlier || limit < earlier);

    /// <summary>A budget that is new, lower, or refuses where it only alerted.</summary>
    private static bool IsTighter(Quota quota, Tier before) =>
        before.Quotas.FirstOrDefault(other => (other.Unit, other.Period, other.TimeZone) == (quota.Unit, quota.Period, quota.TimeZone)) is not { } earlier || quota.Limit < earlier.Limit || (quota.Hard && !earlier.Hard);
}
