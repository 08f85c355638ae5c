namespace LlmConsole.Core.Caching;

/// <summary>How much room the cache may take.</summary>
public sealed record CachingOptions
{
    private const long Mebibyte = 1024 * 1024;

    /// <summary>An eighth of what the process may use, as far as that is worth it: what the collector hasn't yet cleared of answers that went comes on top, up to as much again.</summary>
    public static readonly long DefaultMemoryBytes = Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8, 16 * Mebibyte, 128 * Mebibyte);

    /// <summary>Bytes of answers that one instance keeps in memory.</summary>
    public long MemoryBytes { get; init; } = DefaultMemoryBytes;

    public const int DefaultSemanticEntries = 20_000;

    /// <summary>Messages that one instance keeps as vectors, about 4 KB each, and that Redis keeps for all of them.</summary>
    public int SemanticEntries { get; init; } = DefaultSemanticEntries;

    public const int DefaultEmbeddingMilliseconds = 150;

    /// <summary>An embedder that takes longer isn't waited for.</summary>
    public TimeSpan LongestEmbedding { get; init; } = TimeSpan.FromMilliseconds(DefaultEmbeddingMilliseconds);
}
