using System.Diagnostics.Metrics;

namespace LlmConsole.Core.Telemetry;

/// <summary>What the limits decided, and who decided: <c>llmconsole_limit_decisions_total{result,store}</c>.</summary>
public static class LimitMetrics
{
    /// <summary>One instance, in its memory.</summary>
    public const string Memory = "memory";

    /// <summary>All instances together.</summary>
    public const string Redis = StoreMetrics.Redis;

    /// <summary>One of several instances by itself, within its share, because Redis didn't answer.</summary>
    public const string Share = "share";

    private static readonly Counter<long> Decisions = Source.Meter.CreateCounter<long>("llmconsole.limit_decisions", description: "Calls that the limits admitted, lowered or refused.");

    /// <param name="result"><c>admitted</c>, <c>lowered</c> or <c>refused</c>.</param>
    /// <param name="store"><see cref="Memory"/>, <see cref="Redis"/> or <see cref="Share"/>.</param>
    public static void Decided(string result, string store) => Decisions.Add(1, new("result", result), new("store", store));
}
