using System.Diagnostics.Metrics;

namespace LlmConsole.Core.Telemetry;

/// <summary>What became of requests and answers that were to be kept.</summary>
internal static class BodyMetrics
{
    private static readonly Counter<long> Drops = Source.Meter.CreateCounter<long>("llmconsole.bodies.dropped", description: "Requests and answers that were to be kept and weren't, by reason (overload, database, unreadable).");

    public static void Dropped(string reason) => Drops.Add(1, new KeyValuePair<string, object?>("reason", reason));
}
