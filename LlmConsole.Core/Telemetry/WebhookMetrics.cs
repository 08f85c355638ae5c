using System.Diagnostics.Metrics;

namespace LlmConsole.Core.Telemetry;

/// <summary>How telling others of events goes.</summary>
internal static class WebhookMetrics
{
    private static readonly Counter<long> Deliveries = Source.Meter.CreateCounter<long>("llmconsole.webhook.deliveries", description: "Attempts to deliver an event, by what came of them: delivered, to be tried again, or given up.");

    /// <param name="result"><c>delivered</c>, <c>retry</c> or <c>failed</c>.</param>
    public static void Attempted(string result) => Deliveries.Add(1, new KeyValuePair<string, object?>("result", result));
}
