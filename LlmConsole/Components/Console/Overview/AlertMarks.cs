using LlmConsole.Components.Shared.Charts;
using LlmConsole.Core.Alerts;

namespace LlmConsole.Components.Console.Overview;

/// <summary>When alerts began and ended, as charts mark it.</summary>
internal static class AlertMarks
{
    /// <summary>More lines than these tell nothing; the newest are shown.</summary>
    public const int MostAlerts = 100;

    public static IReadOnlyList<ChartMark> Of(IEnumerable<Alert> alerts) => [.. alerts.SelectMany(Of)];

    private static IEnumerable<ChartMark> Of(Alert alert)
    {
        yield return new ChartMark(alert.FiredAt, $"Alert: {alert.RuleName}. {alert.Sentence}", IsEnd: false);
        if (alert.ResolvedAt is { } over) yield return new ChartMark(over, $"Resolved: {alert.RuleName}. {alert.Sentence}", IsEnd: true);
    }
}
