using LlmConsole.Components.Console.Budgets;
using LlmConsole.Components.Shared;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Metering.Live;

namespace LlmConsole.Components.Console.Overview;

/// <summary>What the overview reads from the books.</summary>
internal sealed class OverviewReader(MetricHistory history, UsageQueries usage, UsageBreakdowns breakdowns, Limiter limiter, TimeProvider time)
{
    private readonly FullestBudget _fullest = new(limiter, breakdowns, time);

    public async Task<OverviewData> OfAsync(TimeRange range, CancellationToken cancellation)
    {
        var step = OverviewRanges.StepOf(range);
        var now = time.GetUtcNow();
        var axis = OverviewRanges.TimeOf(range, step, now);
        var points = (await history.PointsAsync(axis.From, range.To, step, cancellation)).ToDictionary(point => point.At, point => point.Sums);
        var before = await history.PointsAsync(axis.From - range.Length, axis.From, step, cancellation);

        // A step of the past in which nothing arrived is known to be empty; one that lies ahead isn't known.
        var steps = Enumerable.Range(0, axis.Count).Select(i => points.GetValueOrDefault(axis.At(i)) ?? (axis.At(i) <= now ? new CallSums() : null)).ToArray();
        return new OverviewData(
            axis, steps, CallSums.Total(points.Values), range.Length, CallSums.Total(before.Select(point => point.Sums)),
            await history.GroupsAsync(axis.From, range.To, step, UsageDimension.Tenant, cancellation), await history.GroupsAsync(axis.From, range.To, step, UsageDimension.Model, cancellation));
    }

    /// <summary>The seconds in which calls of the last minutes ended.</summary>
    public async Task<IReadOnlyList<(long Second, CallSums Sums)>> SecondsAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        return [.. (await history.EndsAsync(now.AddMinutes(-10), now, cancellation)).Select(point => (point.At.ToUnixTimeSeconds(), point.Sums))];
    }

    public async Task<IReadOnlyList<UsageRecord>> LastCallsAsync(int count, CancellationToken cancellation) => (await usage.PageAsync(new UsageFilter(), count, null, cancellation)).Records;

    /// <summary>What the calls of this day (UTC) cost.</summary>
    public async Task<Usd> TodayAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var groups = await breakdowns.GroupAsync(new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero), now.AddHours(1), UsageDimension.Day, new BreakdownFilter(), cancellation);
        return UsageSums.Total(groups.Select(group => group.Sums)).Cost;
    }

    /// <summary>The tenants' fullest budget in dollars, in words; none where no tenant has one.</summary>
    public async Task<string?> FullestBudgetAsync(ConfigurationSnapshot snapshot, CancellationToken cancellation)
    {
        return await _fullest.InDollarsAsync(snapshot, cancellation) is { } fullest ? $"{fullest.Tenant.Name}: {new SpendLevel(fullest.Standing).PercentText} of {LimitSentence.Words(fullest.Standing.Quota)}" : null;
    }
}
