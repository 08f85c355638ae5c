namespace LlmConsole.Core.Caching;

/// <summary>How much room the cache may take.</summary>
public sealed record CachingOptions
{
    public const long DefaultMemoryBytes = 256 * 1024 * 1024;

    /// <summary>Bytes of answers that one instance keeps in memory.</summary>
    public long MemoryBytes { get; init; } = DefaultMemoryBytes;

    public const int DefaultSemanticEntries = 20_000;

    /// <summary>Messages that one instance keeps as vectors, about 4 KB each, and that Redis keeps for all of them.</summary>
    public int SemanticEntries { get; init; } = DefaultSemanticEntries;

    public const int DefaultEmbeddingMilliseconds = 150;

    /// <summary>An embedder that takes longer isn't waited for.</summary>
    public TimeSpan LongestEmbedding { get; init; } = TimeSpan.FromMilliseconds(DefaultEmbeddingMilliseconds);
}
