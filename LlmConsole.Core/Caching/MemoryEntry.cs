namespace LlmConsole.Core.Caching;

/// <summary>An answer in memory.</summary>
internal sealed class MemoryEntry(CacheKey key, CachedAnswer answer)
{
    // This object, and the key and the reference in a dictionary that is two thirds full on average.
    private const int Itself = 96 + 84;

    public CacheKey Key { get; } = key;
    public CachedAnswer Answer { get; } = answer;

    /// <summary>How often it was given again by this instance.</summary>
    public long Hits { get; set; }

    /// <summary>The last message that is only worded alike and was given it by this instance.</summary>
    public EntryMatch? LastMatch { get; set; }

    /// <summary>What it takes in memory.</summary>
    public int Size => Itself + Answer.Size + (LastMatch?.Size ?? 0);

    /// <summary>Used after this one.</summary>
    internal MemoryEntry? Newer { get; set; }

    /// <summary>Used before this one.</summary>
    internal MemoryEntry? Older { get; set; }
}

/// <summary>Entries in the order of their last use. They hold its links themselves: an object less for each answer.</summary>
internal sealed class OrderOfUse
{
    private MemoryEntry? _first;

    /// <summary>What was used longest ago.</summary>
    public MemoryEntry? Last { get; private set; }

    public void AddFirst(MemoryEntry entry)
    {
        entry.Older = _first;
        if (_first is null) Last = entry;
        else _first.Newer = entry;
        _first = entry;
    }

    public void Remove(MemoryEntry entry)
    {
        if (entry.Newer is null) _first = entry.Older;
        else entry.Newer.Older = entry.Older;
        if (entry.Older is null) Last = entry.Newer;
        else entry.Older.Newer = entry.Newer;
        (entry.Newer, entry.Older) = (null, null);
    }

    /// <summary>The last used first.</summary>
    public IEnumerable<MemoryEntry> Entries()
    {
        for (var entry = _first; entry is not null; entry = entry.Older) yield return entry;
    }
}
