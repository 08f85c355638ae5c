using LlmConsole.Components.Shared;
using LlmConsole.Components.Shared.Charts;
using LlmConsole.Core.Alerts;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Components.Console.Overview;

/// <summary>When alerts began and ended, and when somebody changed what calls feel, as charts mark it.</summary>
internal static class OverviewMarks
{
    /// <summary>More lines of a kind than these tell nothing; the newest are shown.</summary>
    public const int Most = 100;

    public static IReadOnlyList<ChartMark> Of(IEnumerable<Alert> alerts, IEnumerable<AuditChange> changes) => [.. alerts.SelectMany(Of), .. changes.Select(change => new ChartMark(change.At, Words(change), MarkKind.Change))];

    private static IEnumerable<ChartMark> Of(Alert alert)
    {
        yield return new ChartMark(alert.FiredAt, Display.Whole($"Alert: {alert.RuleName}. {alert.Sentence}"), MarkKind.Trouble);
        if (alert.ResolvedAt is { } over) yield return new ChartMark(over, Display.Whole($"Resolved: {alert.RuleName}. {alert.Sentence}"), MarkKind.End);
    }

    private static string Words(AuditChange change) => change.ObjectKind switch
    {
        "cache-generation" => $"Cache purged by {change.ActorName}: {change.ObjectName}",
        "drill" => $"Fire drill {(change.Action == "drill.stop" ? "stopped" : "started")} by {change.ActorName}: {change.ObjectName}",
        var kind => $"{char.ToUpperInvariant(kind[0])}{kind[1..]} {change.ObjectName} {change.Action switch { "create" => "created", "delete" => "deleted", _ => "changed" }} by {change.ActorName}",
    };
}
