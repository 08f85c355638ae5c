using LlmConsole.Core.Metering.Live;

namespace LlmConsole.Core.Metering.Sums;

/// <summary>What calls that have something in common came to: the sums of their roll-ups, and how long they took where that is told apart.</summary>
internal sealed class PartSums
{
    /// <summary>Columns of the roll-ups, in the order of the figures.</summary>
    public static readonly IReadOnlyList<string> Columns =
    [
        "calls", "answered", "refused", "failed", "incomplete", "abandoned", "input_tokens", "cached_input_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens",
        "cost_nanos", "saved_cost_nanos", "saved_tokens", "embedding_tokens", "embedding_cost_nanos", "unpriced", "cache_lookups", "cache_hits", "duration_micros", "first_token_micros", "first_tokens",
    ];

    private readonly long[] _figures = new long[Columns.Count];

    public Span<long> Figures => _figures;

    public LatencyHistogram? Duration { get; set; }

    public LatencyHistogram? FirstToken { get; set; }

    public void Add(ReadOnlySpan<long> figures)
    {
        for (var i = 0; i < _figures.Length; i++) _figures[i] = checked(_figures[i] + figures[i]);
    }

    public void Add(int metric, int bucket, long calls)
    {
        if (metric == UsageLatency.ToTheEnd) (Duration ??= new LatencyHistogram()).Add(bucket, calls);
        else (FirstToken ??= new LatencyHistogram()).Add(bucket, calls);
    }

    public void AddTo(CallSums sums)
    {
        var f = _figures;
        sums.Add(new CallSums
        {
            Calls = f[0], Refused = f[2], Errors = f[3] + f[4], InputTokens = f[6] + f[7] + f[8], OutputTokens = f[9], CostNanos = f[11], SavedCostNanos = f[12], SavedTokens = f[13],
            EmbeddingCostNanos = f[15], CacheLookups = f[17], CacheHits = f[18], Duration = Duration ?? new LatencyHistogram(), FirstToken = FirstToken ?? new LatencyHistogram(),
        });
    }

    public UsageSums ToUsage()
    {
        var f = _figures;
        return new UsageSums
        {
            Calls = f[0], Answered = f[1], Refused = f[2], Failed = f[3], Incomplete = f[4], Abandoned = f[5], InputTokens = f[6], CachedInputTokens = f[7], CacheWriteTokens = f[8], OutputTokens = f[9],
            ReasoningTokens = f[10], CostNanos = f[11], SavedCostNanos = f[12], SavedTokens = f[13], EmbeddingTokens = f[14], EmbeddingCostNanos = f[15], Unpriced = f[16], CacheHits = f[18],
            DurationMicros = f[19], FirstTokenMicros = f[20], FirstTokens = f[21],
        };
    }
}
