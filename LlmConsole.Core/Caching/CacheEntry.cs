using LlmConsole.Core.Caching.Semantic;

namespace LlmConsole.Core.Caching;

/// <summary>A kept answer as administrators list it: without a word of what was asked and answered.</summary>
public sealed record CacheEntry
{
    /// <summary>The call that it answered first.</summary>
    public required string RequestId { get; init; }
    public required string TenantId { get; init; }

    /// <summary>The public model name.</summary>
    public required string Model { get; init; }
    public required DateTimeOffset StoredAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>How often this instance gave it again.</summary>
    public required long Hits { get; init; }

    /// <summary>What it takes in memory, about, in bytes.</summary>
    public required int Size { get; init; }

    /// <summary>How near the last message was that is only worded alike and was given it by this instance, as cosine.</summary>
    public double? LastSimilarity { get; init; }

    internal static CacheEntry Of(MemoryEntry entry) => new()
    {
        RequestId = entry.Answer.RequestId, TenantId = entry.Answer.TenantId, Model = entry.Answer.Model, StoredAt = entry.Answer.StoredAt, ExpiresAt = entry.Answer.ExpiresAt,
        Hits = entry.Hits, Size = entry.Size, LastSimilarity = entry.LastMatch?.Similarity,
    };
}

/// <summary>What a kept answer says.</summary>
/// <param name="Prompt">The beginning of the last user message; no more of the request is kept.</param>
/// <param name="Answer">The beginning of the answer's text.</param>
/// <param name="LastMatch">The last message that is only worded alike and was given it by this instance.</param>
public sealed record CacheEntryText(CacheEntry Entry, string Prompt, string Answer, EntryMatch? LastMatch)
{
    internal static CacheEntryText Of(MemoryEntry entry, CachedAnswer answer) => new(CacheEntry.Of(entry), answer.Prompt, AnswerText.Of(answer.Completion), entry.LastMatch);
}

/// <summary>A message that a kept answer was given to, though it was made for another.</summary>
/// <param name="RequestId">The call that was given it.</param>
/// <param name="Prompt">The beginning of the message.</param>
/// <param name="Similarity">Cosine of the two messages.</param>
public sealed record EntryMatch(string RequestId, string Prompt, double Similarity, DateTimeOffset At)
{
    internal int Size => (Prompt.Length * sizeof(char)) + 128;
}
