using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;
using LlmConsole.Core.Metering;

namespace LlmConsole.Components.Console.Budgets;

/// <summary>Where budgets stand, from the same source as <c>GET /v1/usage</c>.</summary>
internal sealed class Standings(Limiter limiter, SpendQueries books, TimeProvider time)
{
    /// <summary>More rows than this aren't asked for at once.</summary>
    private const int MostAtOnce = 200;

    /// <summary>The budgets of a tenant as a whole, each with what the recent pace says.</summary>
    public async Task<IReadOnlyList<QuotaOutlook>> OfTenantAsync(Caller tenant, CancellationToken cancellation)
    {
        var outlooks = new List<QuotaOutlook>();
        foreach (var standing in await limiter.StandingsAsync(LimitPlan.For(tenant), cancellation))
            outlooks.Add(new QuotaOutlook(standing, await UsedUpAtAsync(tenant.Tenant, standing, cancellation)));
        return outlooks;
    }

    /// <summary>The fullest budget of each of these tenants that has one, by the tenant's id.</summary>
    public async Task<IReadOnlyDictionary<string, QuotaStanding>> OfTenantsAsync(IEnumerable<Tenant> tenants, ConfigurationSnapshot snapshot, CancellationToken cancellation)
    {
        var callers = tenants.Select(tenant => snapshot.CallerOf(tenant.Id)).OfType<Caller>().Where(caller => (caller.Tenant.Quotas ?? caller.Tier.Quotas).Count > 0);
        var tightest = new Dictionary<string, QuotaStanding>();
        foreach (var caller in callers.Take(MostAtOnce))
        {
            if (SpendLevel.Tightest(await limiter.StandingsAsync(LimitPlan.For(caller), cancellation)) is { } standing) tightest[caller.Tenant.Id] = standing;
        }

        return tightest;
    }

    /// <summary>The fullest budget of each key that has its own, by the key's id.</summary>
    public async Task<IReadOnlyDictionary<string, QuotaStanding>> OfKeysAsync(IEnumerable<ApiKey> keys, ConfigurationSnapshot snapshot, CancellationToken cancellation)
    {
        var tightest = new Dictionary<string, QuotaStanding>();
        foreach (var key in keys.Where(key => key.Quotas.Count > 0).Take(MostAtOnce))
        {
            if (key.TenantId is null || snapshot.CallerOf(key.TenantId, key) is not { } caller) continue;
            var own = (await limiter.StandingsAsync(LimitPlan.For(caller), cancellation)).Where(standing => standing.Scope.Kind == ScopeKind.Key);
            if (SpendLevel.Tightest(own) is { } standing) tightest[key.Id] = standing;
        }

        return tightest;
    }

    /// <summary>The fullest budget that a user of a tenant spends from; none where nothing is budgeted.</summary>
    public async Task<QuotaStanding?> OfUserAsync(string? tenantId, string userId, ConfigurationSnapshot snapshot, CancellationToken cancellation) =>
        tenantId is not null && snapshot.CallerOf(tenantId, userId: userId) is { } caller ? SpendLevel.Tightest(await limiter.StandingsAsync(LimitPlan.For(caller), cancellation)) : null;

    /// <summary>What the tenants would have spent of budgets that their tier doesn't have yet.</summary>
    /// <param name="tier">The tier as it would be.</param>
    public async Task<IReadOnlyList<(Tenant Tenant, QuotaStanding Standing)>> UnderAsync(Tier tier, IEnumerable<Tenant> tenants, ConfigurationSnapshot snapshot, CancellationToken cancellation)
    {
        var standings = new List<(Tenant, QuotaStanding)>();
        foreach (var tenant in tenants.Where(tenant => tenant.Quotas is null).Take(MostAtOnce))
        {
            foreach (var standing in await limiter.StandingsAsync(LimitPlan.For(new Caller { Snapshot = snapshot, Tenant = tenant, Tier = tier }), cancellation)) standings.Add((tenant, standing));
        }

        return standings;
    }

    private async Task<DateTimeOffset?> UsedUpAtAsync(Tenant tenant, QuotaStanding standing, CancellationToken cancellation)
    {
        if (SpendForecast.Window(standing.Quota.Period) is not { } window) return null;
        var now = time.GetUtcNow();

        // A tenant younger than the window hasn't had the time to spend in all of it.
        var age = now - tenant.CreatedAt;
        if (age < window) window = age < TimeSpan.FromHours(1) ? TimeSpan.FromHours(1) : age;
        var recent = await books.SpentAsync(new SpendScope(tenant.Id), standing.Quota.Unit, now - window, null, [], cancellation);
        return SpendForecast.UsedUpAt(standing.Quota.Limit - standing.Spent - standing.Reserved, recent, window, now, standing.ResetsAt);
    }
}

/// <summary>Where a budget stands, and when it will be used up if calls go on as of late; none when it lasts.</summary>
public sealed record QuotaOutlook(QuotaStanding Standing, DateTimeOffset? UsedUpAt);
