using System.Diagnostics.Metrics;

namespace LlmConsole.Core.Telemetry;

/// <summary>How the asking of providers goes.</summary>
public static class RoutingMetrics
{
    private static readonly Counter<long> Attempts = Source.Meter.CreateCounter<long>("llmconsole.upstream.attempts", "{attempt}", "Times that a provider was asked for an answer, by what came of it.");
    private static readonly Counter<long> Retries = Source.Meter.CreateCounter<long>("llmconsole.upstream.retries", "{retry}", "Times that a call asked a target again.");
    private static readonly Counter<long> Breaker = Source.Meter.CreateCounter<long>("llmconsole.upstream.breaker.changes", "{change}", "Changes of a target's health, by the new state.");
    private static readonly Counter<long> Rescues = Source.Meter.CreateCounter<long>("llmconsole.upstream.rescues", "{rescue}", "Streams that broke off and were to be rescued, by mode and by what came of it.");

    /// <param name="model">As the target is configured: below a pattern, the name that is asked for is the caller's choice, and there may be any number of them.</param>
    /// <param name="result"><c>ok</c> or an error code.</param>
    public static void Attempted(string provider, string model, string result) => Attempts.Add(1, new("provider", provider), new("model", model), new("result", result));

    public static void Retried(string provider, string model) => Retries.Add(1, new("provider", provider), new KeyValuePair<string, object?>("model", model));

    /// <param name="state">Such as <c>open</c>.</param>
    public static void Changed(string provider, string model, string state) => Breaker.Add(1, new("provider", provider), new("model", model), new("state", state));

    /// <param name="mode">Such as <c>hold</c>.</param>
    /// <param name="result"><c>rescued</c> or <c>lost</c>.</param>
    public static void Rescued(string mode, string result) => Rescues.Add(1, new("mode", mode), new KeyValuePair<string, object?>("result", result));
}
