using System.Globalization;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;

namespace LlmConsole.Core.Alerts;

/// <summary>Budgets of tenants and keys, hard and soft, that are used up to a share. For a soft budget this is all that happens.</summary>
internal sealed class BudgetConditions(Limiter limiter) : IConditions
{
    public IReadOnlyList<AlertKind> Kinds { get; } = [AlertKind.Budget];

    public TimeSpan Every => TimeSpan.FromSeconds(10);

    public async Task<IReadOnlyList<Condition>> FindAsync(AlertRule rule, ConfigurationSnapshot snapshot, CancellationToken cancellation)
    {
        var found = new List<Condition>();

        // Keys of a line share their budgets: the newest speaks for them.
        var keys = snapshot.Keys.Values.Where(key => key.RevokedAt is null && key.Quotas.Count > 0)
            .GroupBy(key => key.LineId).Select(line => line.MaxBy(key => key.CreatedAt)!).ToLookup(key => key.TenantId);
        foreach (var tenant in snapshot.Tenants.Values.Where(tenant => rule.TenantId is null || tenant.Id == rule.TenantId))
        {
            foreach (var caller in keys[tenant.Id].Select(key => snapshot.CallerOf(tenant.Id, key)).Prepend(snapshot.CallerOf(tenant.Id)).OfType<Caller>())
            {
                if (caller.Key is null && (tenant.Quotas ?? caller.Tier.Quotas).Count == 0) continue;
                var kind = caller.Key is null ? ScopeKind.Tenant : ScopeKind.Key;
                var standings = await limiter.StandingsAsync(LimitPlan.For(caller), cancellation);
                found.AddRange(standings.Where(standing => standing.Scope.Kind == kind && standing.Quota.Limit > 0 && Share(standing) >= rule.Threshold).Select(standing => Of(standing, caller)));
            }
        }

        return found;
    }

    private static double Share(QuotaStanding standing) => 100.0 * standing.Spent / standing.Quota.Limit;

    private static Condition Of(QuotaStanding standing, Caller caller)
    {
        var (quota, key) = (standing.Quota, caller.Key);
        var (unit, period) = (quota.Unit.ToString().ToLowerInvariant(), quota.Period.ToString().ToLowerInvariant());
        var share = Math.Floor(Share(standing));
        var owner = key is null ? caller.Tenant.Name : $"Key {key.Name} of {caller.Tenant.Name}";
        var resets = standing.ResetsAt is { } at ? string.Create(CultureInfo.InvariantCulture, $" It resets on {at.UtcDateTime:d MMM HH:mm} UTC.") : "";
        return new Condition(
            string.Create(CultureInfo.InvariantCulture, $"{key?.LineId ?? caller.Tenant.Id}/{unit}/{period}/{quota.Limit}/{standing.PeriodStart.ToUnixTimeSeconds()}"), caller.Tenant.Id,
            string.Create(CultureInfo.InvariantCulture, $"{owner} used {share:0} % of its {(quota.Hard ? "" : "soft ")}budget of {Amount(quota.Unit, quota.Limit)}{(quota.Period == QuotaPeriod.Lifetime ? "" : $" per {period}")}.{resets}"))
        {
            EventType = EventTypes.BudgetThreshold,
            Facts = new Dictionary<string, object?>
            {
                ["tenant_id"] = caller.Tenant.Id, ["key_id"] = key?.Id, ["unit"] = unit, ["period"] = period, ["hard"] = quota.Hard, ["percent"] = share,
                ["limit"] = Value(quota.Unit, quota.Limit), ["spent"] = Value(quota.Unit, standing.Spent), ["resets_at"] = standing.ResetsAt,
            },
        };
    }

    private static string Amount(QuotaUnit unit, long value) => unit == QuotaUnit.Usd ? new Usd(value).ToString() : string.Create(CultureInfo.InvariantCulture, $"{value:N0} {unit.ToString().ToLowerInvariant()}");

    private static decimal Value(QuotaUnit unit, long value) => unit == QuotaUnit.Usd ? new Usd(value).Dollars : value;
}
