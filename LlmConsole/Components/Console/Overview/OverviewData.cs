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
    /// <summary>One value a step; a gap where nothing is known, or where the value has no meaning, such as the latency of no calls.</summary>
    public IReadOnlyList<double?> Series(Func<CallSums, double?> value) => [.. Steps.Select(step => step is null ? null : value(step))];

    /// <summary>The same as a rate a second.</summary>
    public IReadOnlyList<double?> Rates(Func<CallSums, double> value) => Series(step => value(step) / Time.Step.TotalSeconds);
}
