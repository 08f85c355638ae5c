using System.Diagnostics.Metrics;

namespace LlmConsole.Core.Telemetry;

/// <summary>Calls that the books don't take.</summary>
internal static class BooksMetrics
{
    private static readonly Counter<long> Rejections = Source.Meter.CreateCounter<long>("llmconsole.usage.rejected", description: "Usage records that can't enter the books and were set aside for a person to look at.");

    public static void Rejected() => Rejections.Add(1);
}
