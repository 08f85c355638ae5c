namespace LlmConsole.Core.Caching;

/// <summary>An answer in memory, as it was when it was looked at.</summary>
/// <param name="Answer">Without its completion.</param>
/// <param name="Hits">How often it was given again by this instance.</param>
/// <param name="Size">What it takes in memory, in bytes.</param>
/// <param name="LastMatch">The last message that is only worded alike and was given it by this instance.</param>
internal sealed record MemoryEntry(CacheKey Key, CachedAnswer Answer, long Hits, int Size, EntryMatch? LastMatch);
