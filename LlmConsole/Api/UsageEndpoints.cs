using System.Text.Json;
using LlmConsole.Api.Admin;
using LlmConsole.Authentication;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;
using LlmConsole.Core.Metering;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LlmConsole.Api;

/// <summary>What a caller has used of its budgets.</summary>
internal static class UsageEndpoints
{
    private const int Days = 30;
    private static readonly JsonSerializerOptions Json = AdminJson.Configure(new JsonSerializerOptions(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower });

    public static void MapUsageApi(this IEndpointRouteBuilder app) => app.MapGet("/v1/usage", FindAsync).AsCallersApi("retrieveUsage");

    private static async Task<JsonHttpResult<OwnUsage>> FindAsync(HttpContext context, CallerResolver callers, Limiter limiter, UsageBreakdowns usage, TimeProvider time)
    {
        var caller = await callers.ResolveAsync(context, context.RequestAborted);
        var plan = LimitPlan.For(caller);
        var standings = await limiter.StandingsAsync(plan, context.RequestAborted);
        var own = new BreakdownFilter { TenantId = caller.Tenant.Id, KeyId = caller.Key?.Id, UserId = caller.UserId };
        return TypedResults.Json(
            new OwnUsage(
                "usage", caller.Tenant.Name, [.. plan.Scopes.Select(ScopeLimits.From)], [.. standings.Select(QuotaUsage.From)],
                await GroupAsync(UsageDimension.Model), await GroupAsync(UsageDimension.Day)),
            Json);

        async Task<IReadOnlyList<OwnUsageGroup>> GroupAsync(UsageDimension by)
        {
            var now = time.GetUtcNow();
            var groups = await usage.GroupAsync(now.AddDays(-Days), now.AddHours(1), by, own, context.RequestAborted);
            return [.. groups.Select(group => new OwnUsageGroup(group.Key, group.Sums.Calls, group.Sums.InputTokens + group.Sums.CachedInputTokens + group.Sums.CacheWriteTokens, group.Sums.OutputTokens, group.Sums.Cost))];
        }
    }
}

/// <summary>A caller's limits and budgets.</summary>
/// <param name="Limits">Per scope: the tenant, the key, the user. A call must fit all of them.</param>
/// <param name="Quotas">Where each budget stands.</param>
/// <param name="ByModel">The last 30 days of this key or user, the dearest model first.</param>
/// <param name="ByDay">The same by day of UTC.</param>
internal sealed record OwnUsage(
    string Object, string Tenant, IReadOnlyList<ScopeLimits> Limits, IReadOnlyList<QuotaUsage> Quotas, IReadOnlyList<OwnUsageGroup> ByModel, IReadOnlyList<OwnUsageGroup> ByDay);

/// <summary>Calls of one model or day.</summary>
/// <param name="Cost">US dollars.</param>
internal sealed record OwnUsageGroup(string Key, long Calls, long InputTokens, long OutputTokens, Usd Cost);

/// <summary>The limits of one scope; null means unlimited.</summary>
internal sealed record ScopeLimits(ScopeKind Scope, LimitSet Limits)
{
    public static ScopeLimits From(LimitScope scope) => new(scope.Kind, scope.Limits);
}

/// <summary>Where a budget stands: whole requests or tokens, or dollars.</summary>
/// <param name="Spent">By calls that have ended.</param>
/// <param name="Reserved">The worst case of calls under way.</param>
/// <param name="Remaining">What is left of the limit after both.</param>
/// <param name="ResetsAt">When the next period begins; null for a lifetime.</param>
internal sealed record QuotaUsage(
    ScopeKind Scope, QuotaUnit Unit, QuotaPeriod Period, bool Hard, string TimeZone, decimal Limit, decimal Spent, decimal Reserved, decimal Remaining, DateTimeOffset PeriodStart, DateTimeOffset? ResetsAt)
{
    public static QuotaUsage From(QuotaStanding standing)
    {
        var quota = standing.Quota;
        return new QuotaUsage(
            standing.Scope.Kind, quota.Unit, quota.Period, quota.Hard, quota.TimeZone, Amount(quota.Limit), Amount(standing.Spent), Amount(standing.Reserved),
            Amount(Math.Max(0, quota.Limit - standing.Spent - standing.Reserved)), standing.PeriodStart, standing.ResetsAt);

        decimal Amount(long value) => QuotaView.Amount(quota.Unit, value);
    }
}
