using System.Diagnostics.Metrics;

namespace LlmConsole.Core.Telemetry;

/// <summary>What the cache does, in numbers.</summary>
internal static class CacheMetrics
{
    public const string Exact = "exact";
    public const string Semantic = "semantic";

    private static readonly Counter<long> Lookups = Source.Meter.CreateCounter<long>("llmconsole.cache.lookups", description: "Look-ups by kind (exact, semantic) and result (hit, shared, miss, veto, shadow, failed).");
    private static readonly Counter<double> Saved = Source.Meter.CreateCounter<double>("llmconsole.cache.saved_cost_usd", description: "What answers from the cache would have cost, in US dollars.");
    private static readonly Counter<double> Embeddings = Source.Meter.CreateCounter<double>("llmconsole.cache.embedding_cost_usd", description: "What embeddings for look-ups cost, in US dollars.");
    private static readonly Counter<long> Vetoes = Source.Meter.CreateCounter<long>("llmconsole.cache.vetoes", description: "Answers that were similar enough and that a guard held back, by guard.");
    private static readonly Counter<long> WrongHits = Source.Meter.CreateCounter<long>("llmconsole.cache.wrong_hits", description: "Answers from the cache that were reported as wrong, by kind.");

    private static readonly Histogram<double> Similarity = Source.Meter.CreateHistogram(
        "llmconsole.cache.similarity", description: "Cosine similarity of the nearest message of a semantic look-up.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.92, 0.94, 0.96, 0.98, 0.99, 1] });

    public static void LookedUp(string kind, string result) => Lookups.Add(1, new("kind", kind), new("result", result));

    /// <summary>A call has ended.</summary>
    /// <param name="saved">What it would have cost, had its answer not come from the cache.</param>
    /// <param name="embedding">What looking for it cost.</param>
    public static void Ended(Usd saved, Usd embedding)
    {
        if (saved > Usd.Zero) Saved.Add((double)saved.Dollars);
        if (embedding > Usd.Zero) Embeddings.Add((double)embedding.Dollars);
    }

    public static void Vetoed(string guard) => Vetoes.Add(1, new KeyValuePair<string, object?>("guard", guard));

    public static void ReportedWrong(string kind) => WrongHits.Add(1, new KeyValuePair<string, object?>("kind", kind));

    public static void Near(double similarity) => Similarity.Record(similarity);
}
