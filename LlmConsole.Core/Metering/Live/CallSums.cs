namespace LlmConsole.Core.Metering.Live;

/// <summary>What some calls come to, for charts. Sums add up over seconds, models, tenants and instances. Not thread-safe; what is published isn't changed any more.</summary>
public sealed class CallSums
{
    public long Calls { get; set; }

    /// <summary>Calls without an answer, or with a broken one.</summary>
    public long Errors { get; set; }

    /// <summary>Calls that the gateway said no to.</summary>
    public long Refused { get; set; }
    public long InputTokens { get; set; }
    public long OutputTokens { get; set; }
    public long CostNanos { get; set; }
    public long SavedCostNanos { get; set; }
    public long SavedTokens { get; set; }

    /// <summary>What embeddings for the cache cost.</summary>
    public long EmbeddingCostNanos { get; set; }

    /// <summary>Calls that the cache was asked for.</summary>
    public long CacheLookups { get; set; }
    public long CacheHits { get; set; }

    /// <summary>From arrival to the end, of calls that weren't refused.</summary>
    public LatencyHistogram Duration { get; init; } = new();

    /// <summary>From arrival to the first token.</summary>
    public LatencyHistogram FirstToken { get; init; } = new();

    public void Add(UsageRecord record)
    {
        Calls++;
        if (record.Outcome is Outcome.Failed or Outcome.Incomplete) Errors++;
        if (record.Outcome == Outcome.Refused) Refused++;
        else Duration.Add(record.DurationMs);
        if (record.FirstTokenMs is { } first) FirstToken.Add(first);
        InputTokens += record.PromptTokens;
        OutputTokens += record.OutputTokens;
        CostNanos += record.Cost.Nanos;
        SavedCostNanos += record.SavedCost.Nanos;
        SavedTokens += record.SavedTokens;
        EmbeddingCostNanos += record.EmbeddingCost.Nanos;
        if (record.Cache != CacheVerdict.Bypass) CacheLookups++;
        if (record.Cache is CacheVerdict.Exact or CacheVerdict.Semantic) CacheHits++;
    }

    public void Add(CallSums other)
    {
        Calls += other.Calls;
        Errors += other.Errors;
        Refused += other.Refused;
        InputTokens += other.InputTokens;
        OutputTokens += other.OutputTokens;
        CostNanos += other.CostNanos;
        SavedCostNanos += other.SavedCostNanos;
        SavedTokens += other.SavedTokens;
        EmbeddingCostNanos += other.EmbeddingCostNanos;
        CacheLookups += other.CacheLookups;
        CacheHits += other.CacheHits;
        Duration.Add(other.Duration);
        FirstToken.Add(other.FirstToken);
    }

    /// <summary>The sums over all of these.</summary>
    public static CallSums Total(IEnumerable<CallSums> parts)
    {
        var total = new CallSums();
        foreach (var part in parts) total.Add(part);
        return total;
    }
}
