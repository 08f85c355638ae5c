using LlmConsole.Components.Shared;
using LlmConsole.Core;
using LlmConsole.Core.Routing;

namespace LlmConsole.Components.Console.Drills;

/// <summary>A drill's report as it is shown.</summary>
internal static class DrillFigures
{
    /// <summary>Time lost per affected call; a dash before the first.</summary>
    public static string Latency(DrillReport report) => Display.Duration(report.Affected == 0 ? null : report.AddedLatency.TotalMilliseconds / report.Affected);

    /// <summary>What the answers cost beyond what they would have cost: with its sign, for it may be less.</summary>
    public static string Cost(DrillReport report) => report switch
    {
        { Affected: 0 } => "–",
        _ when report.AddedCost > Usd.Zero => $"+{report.AddedCost}",
        _ => report.AddedCost.ToString(),
    };

    /// <summary>Of the affected calls: <c>39, 97.5 %</c>.</summary>
    public static string Part(int count, DrillReport report) => report.Affected == 0 ? "–" : $"{Display.Percent(100.0 * count / report.Affected)} of them";

    /// <summary><c>4:05</c>, <c>1:00:00</c>.</summary>
    public static string Countdown(TimeSpan left)
    {
        var seconds = (long)Math.Ceiling(Math.Max(0, left.TotalSeconds));
        return seconds >= 3_600
            ? FormattableString.Invariant($"{seconds / 3_600}:{seconds / 60 % 60:00}:{seconds % 60:00}")
            : FormattableString.Invariant($"{seconds / 60}:{seconds % 60:00}");
    }
}
