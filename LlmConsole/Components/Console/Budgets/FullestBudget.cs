using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;
using LlmConsole.Core.Metering;

namespace LlmConsole.Components.Console.Budgets;

/// <summary>
/// Finds the fullest budget among however many tenants: of many, the sums of past hours, which are kept, tell which few may be it, and only of these it is asked where
/// they stand at this moment.
/// </summary>
internal sealed class FullestBudget(Limiter limiter, UsageBreakdowns breakdowns, TimeProvider time)
{
    /// <summary>The tenants whose budgets are asked about one by one.</summary>
    internal const int Most = 50;

    /// <summary>The fullest budget in dollars; none where no tenant has one.</summary>
    public async Task<(Tenant Tenant, QuotaStanding Standing)?> InDollarsAsync(ConfigurationSnapshot snapshot, CancellationToken cancellation)
    {
        (Tenant Tenant, QuotaStanding Standing)? fullest = null;
        foreach (var tenant in await LikelyAsync(snapshot, cancellation))
        {
            var standings = await limiter.StandingsAsync(LimitPlan.For(snapshot.CallerOf(tenant.Id)!), cancellation);
            foreach (var standing in standings.Where(standing => standing.Quota.Unit == QuotaUnit.Usd))
            {
                if (fullest is not { } other || new SpendLevel(standing).Percent > new SpendLevel(other.Standing).Percent) fullest = (tenant, standing);
            }
        }

        return fullest;
    }

    private async Task<IEnumerable<Tenant>> LikelyAsync(ConfigurationSnapshot snapshot, CancellationToken cancellation)
    {
        var budgets = (from tenant in snapshot.Tenants.Values
                       from quota in tenant.Quotas ?? snapshot.Tiers[tenant.TierId].Quotas
                       where quota.Unit == QuotaUnit.Usd
                       select (tenant.Id, Quota: quota)).ToList();
        var shares = budgets.Select(budget => budget.Id).Distinct().ToDictionary(id => id, _ => 0.0);
        if (shares.Count > Most)
        {
            foreach (var period in PeriodsOf(budgets))
            {
                var spent = (await breakdowns.GroupAsync(period.Key, time.GetUtcNow().AddHours(1), UsageDimension.Tenant, new BreakdownFilter(), cancellation)).ToDictionary(group => group.Key, group => group.Sums.CostNanos);
                foreach (var (id, quota) in period) shares[id] = Math.Max(shares[id], quota.Limit <= 0 ? 1 : (double)spent.GetValueOrDefault(id) / quota.Limit);
            }
        }

        return shares.OrderByDescending(share => share.Value).Take(Most).Select(share => snapshot.Tenants[share.Key]);
    }

    /// <summary>By the hour in which their periods began: the books are asked once for all of them.</summary>
    private IEnumerable<IGrouping<DateTimeOffset, (string Id, Quota Quota)>> PeriodsOf(List<(string Id, Quota Quota)> budgets)
    {
        var now = time.GetUtcNow();
        return from budget in budgets
               group budget by (budget.Quota.Period, budget.Quota.TimeZone) into alike
               let start = QuotaCalendar.PeriodOf(alike.First().Quota, now).Start
               from budget in alike
               group budget by start.AddTicks(-(start.UtcTicks % TimeSpan.TicksPerHour));
    }
}
