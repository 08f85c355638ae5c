using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace LlmConsole.Core.Telemetry;

/// <summary>
/// What is measured of each call when it has ended: OpenTelemetry's instruments for generative AI, with the buckets that its conventions give,
/// and the gateway's own. Labels are names that administrators gave, never a user, a key or a tenant.
/// </summary>
public static class CallInstruments
{
    private static readonly Counter<long> Requests = Source.Meter.CreateCounter<long>("llmconsole.requests", description: "Calls that ended, by route, status and tier.");

    private static readonly Counter<double> Cost = Source.Meter.CreateCounter<double>("llmconsole.cost.usd", description: "What calls cost, in US dollars, by model and tier.");

    private static long _active;

    static CallInstruments() => Source.Meter.CreateObservableUpDownCounter("llmconsole.calls.active", static () => Volatile.Read(ref _active), description: "Calls under way.");

    private static readonly Histogram<long> Tokens = Source.Meter.CreateHistogram(
        "gen_ai.client.token.usage", "{token}", "Tokens of a call, by type.",
        advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864] });

    private static readonly Histogram<double> Operation = Seconds("gen_ai.client.operation.duration", "How long calls took for which a provider was asked.", Durations);

    private static readonly Histogram<double> Request = Seconds("gen_ai.server.request.duration", "How long calls took, from arrival to the end.", Durations);

    private static readonly Histogram<double> FirstToken = Seconds(
        "gen_ai.server.time_to_first_token", "From arrival to the first token.", [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]);

    private static readonly Histogram<double> OutputToken = Seconds(
        "gen_ai.server.time_per_output_token", "Time per token after the first.", [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5]);

    private static double[] Durations => [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

    public static void Began() => Interlocked.Increment(ref _active);

    public static void Ended(in CallFacts call)
    {
        Interlocked.Decrement(ref _active);
        Requests.Add(1, new("route", call.Route), new("status", call.Status), new("tier", call.Tier));
        if (call.CostUsd > 0) Cost.Add(call.CostUsd, new("model", call.Model), new("tier", call.Tier));
        if (!Request.Enabled) return;

        var tags = new TagList { { "gen_ai.operation.name", call.Operation }, { "gen_ai.request.model", call.Model }, { "gen_ai.provider.name", call.Provider } };
        if (call.InputTokens + call.OutputTokens > 0)
        {
            var typed = tags;
            typed.Add("gen_ai.token.type", "input");
            Tokens.Record(call.InputTokens, typed);
            typed[^1] = new("gen_ai.token.type", "output");
            Tokens.Record(call.OutputTokens, typed);
        }

        if (call.FirstToken is { } first)
        {
            FirstToken.Record(first.TotalSeconds, tags);
            if (call.OutputTokens > 1) OutputToken.Record((call.Duration - first).TotalSeconds / (call.OutputTokens - 1), tags);
        }

        if (call.ErrorType is { } error) tags.Add("error.type", error);
        Request.Record(call.Duration.TotalSeconds, tags);
        if (call.Attempts > 0) Operation.Record(call.Duration.TotalSeconds, tags);
    }

    private static Histogram<double> Seconds(string name, string description, double[] buckets) =>
        Source.Meter.CreateHistogram(name, "s", description, advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = buckets });
}

/// <summary>What the instruments need of a call.</summary>
public readonly ref struct CallFacts
{
    /// <summary>Where it came in: a path of the API as mapped, or what inside the process made it.</summary>
    public required string Route { get; init; }

    /// <summary><c>chat</c> or <c>embeddings</c>.</summary>
    public required string Operation { get; init; }
    public required int Status { get; init; }
    public required string Tier { get; init; }

    /// <summary>The configured name of the model that served, or was asked for; empty when there is none.</summary>
    public required string Model { get; init; }

    /// <summary>The kind of the provider that served; empty when none did.</summary>
    public required string Provider { get; init; }
    public int Attempts { get; init; }
    public long InputTokens { get; init; }
    public long OutputTokens { get; init; }
    public double CostUsd { get; init; }
    public TimeSpan? FirstToken { get; init; }
    public TimeSpan Duration { get; init; }

    /// <summary>The code of the error that it ended with; none when it was answered.</summary>
    public string? ErrorType { get; init; }
}
