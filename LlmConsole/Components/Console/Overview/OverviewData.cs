using System.Collections.Concurrent;
using LlmConsole.Components.Shared.Charts;
using LlmConsole.Core.Metering.Live;

namespace LlmConsole.Components.Console.Overview;

/// <summary>What the overview shows of a stretch of time.</summary>
/// <param name="Time">The steps of the charts.</param>
/// <param name="Steps">The calls of each step; none where nothing is known.</param>
/// <param name="Now">The sums that the tiles show: of the last minute when live, else of the whole stretch.</param>
/// <param name="NowLength">How long <paramref name="Now"/> is.</param>
/// <param name="Before">The same, of the stretch before.</param>
/// <param name="Tenants">The whole stretch by tenant's id.</param>
/// <param name="Models">The whole stretch by model.</param>
public sealed record OverviewData(
    ChartTime Time, IReadOnlyList<CallSums?> Steps, CallSums Now, TimeSpan NowLength, CallSums Before, IReadOnlyDictionary<string, CallSums> Tenants, IReadOnlyDictionary<string, CallSums> Models)
{
    // Pages that show the same data share what was computed of it. Lambdas that capture nothing are one delegate each.
    private readonly ConcurrentDictionary<(Delegate Value, double Of), IReadOnlyList<double?>> _series = new();

    /// <summary>One value a step; a gap where nothing is known, or where the value has no meaning, such as the latency of no calls.</summary>
    public IReadOnlyList<double?> Series(Func<CallSums, double?> value) => Computed(value, 0, value);

    /// <summary>The same as a rate, by default a second.</summary>
    public IReadOnlyList<double?> Rates(Func<CallSums, double> value, double seconds = 1) => Computed(value, seconds, step => value(step) * seconds / Time.Step.TotalSeconds);

    public IReadOnlyList<double?> Percentiles(Func<CallSums, LatencyHistogram> of, double share) => Computed(of, share, step => of(step).Percentile(share));

    private IReadOnlyList<double?> Computed(Delegate key, double of, Func<CallSums, double?> value) =>
        _series.GetOrAdd((key, of), static (_, data) => [.. data.Steps.Select(step => step is null ? null : data.value(step))], (Steps, value));
}
