namespace LlmConsole.Core.Wire;

/// <summary>Tokens of one call in disjoint buckets: <see cref="Input"/> excludes what was read from or written to the provider's cache; reasoning is a part of <see cref="Output"/>.</summary>
public readonly record struct TokenUsage(long Input, long CachedInput, long Output, long Reasoning, long CacheWrite = 0)
{
    public long Total => Input + CachedInput + CacheWrite + Output;
}

/// <summary>Where the numbers of a <see cref="TokenUsage"/> come from.</summary>
public enum UsageSource
{
    /// <summary>No tokens were used, or none are known.</summary>
    None,

    /// <summary>The provider said so.</summary>
    Provider,

    /// <summary>Counted by the gateway because the provider said nothing usable.</summary>
    Estimated,
}
