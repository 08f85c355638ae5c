using System.Globalization;
using LlmConsole.Components.Shared;
using LlmConsole.Components.Shared.Charts;
using LlmConsole.Core.Caching.Semantic;
using Microsoft.AspNetCore.Components;

namespace LlmConsole.Components.Console.Cache;

/// <summary>The sweep over all thresholds as a chart, with the one that is looked at and the one in force marked.</summary>
public sealed partial class SweepChart
{
    private const double Full = 100;

    private bool _asTable;

    /// <summary>The lowest threshold first.</summary>
    [Parameter, EditorRequired]
    public required IReadOnlyList<SweepPoint> Points { get; set; }

    /// <summary>The one that is looked at.</summary>
    [Parameter, EditorRequired]
    public required double Threshold { get; set; }

    [Parameter, EditorRequired]
    public required double InForce { get; set; }

    private SweepPoint Chosen => Points.MinBy(point => Math.Abs(point.Threshold - Threshold))!;

    private ChartGeometry Geometry => new([], Points.Count, Full);

    private IReadOnlyList<double?> HitRates => [.. Points.Select(point => (double?)(Full * point.HitRate))];

    private IReadOnlyList<double?> Precisions => [.. Points.Select(point => Full * point.Precision)];

    private IReadOnlyList<double?> Lows => [.. Points.Select(point => Full * point.Interval?.Low)];

    private string Summary =>
        $"Thresholds from 0.50 to 1.00. At 0.50, {Percent(Points[0].HitRate)} of the pairs would be answered; at {Text(Threshold)}, {Percent(Chosen.HitRate)}{(Chosen.Precision is { } precision ? $" with a measured precision of {Percent(precision)}" : "")}; at 1.00, {Percent(Points[^1].HitRate)}.";

    private string X(double threshold) =>
        ((Math.Clamp(threshold, Points[0].Threshold, Points[^1].Threshold) - Points[0].Threshold) / (Points[^1].Threshold - Points[0].Threshold) * ChartGeometry.Width).ToString("0.#", CultureInfo.InvariantCulture);

    private static string Text(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Percent(double share) => Display.Percent(Full * share);
}
