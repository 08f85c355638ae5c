namespace LlmConsole.Core.Caching;

/// <summary>A part of the answers in memory: at most so many bytes, the one that was used longest ago goes first.</summary>
internal sealed class MemoryShard(long maxBytes)
{
    private const int None = -1;

    // So many places are looked at before others get a turn: a fraction of a millisecond, however many there are.
    internal const int Slice = 128;

    // Of an answer beside its bytes: its slot, and its place in a dictionary, both of which are two thirds full on average.
    private const int Itself = 108 + 90;

    private readonly Lock _lock = new();
    private readonly Dictionary<CacheKey, int> _byKey = [];
    private readonly Dictionary<int, EntryMatch> _matches = [];
    private readonly BlockStore _blocks = new(maxBytes);
    private Slot[] _slots = [];
    private int _used;
    private int _free = None;
    private int _newest = None;
    private int _oldest = None;
    private long _bytes;

    public long Bytes => Volatile.Read(ref _bytes);

    public int Count
    {
        get
        {
            lock (_lock) return _byKey.Count;
        }
    }

    public CachedAnswer? Find(in CacheKey key, DateTimeOffset now)
    {
        byte[] bytes;
        lock (_lock)
        {
            if (!_byKey.TryGetValue(key, out var slot)) return null;
            if (_slots[slot].ExpiresAt <= now.UtcTicks)
            {
                Drop(slot);
                return null;
            }

            Unlink(slot);
            LinkFirst(slot);
            bytes = Whole(slot);
        }

        return AnswerBytes.Read(bytes);
    }

    public void Given(in CacheKey key, EntryMatch? match)
    {
        lock (_lock)
        {
            if (!_byKey.TryGetValue(key, out var slot)) return;
            _slots[slot].Hits++;
            if (match is null) return;
            _bytes += match.Size - (_matches.TryGetValue(slot, out var before) ? before.Size : 0);
            _matches[slot] = match;
            while (_bytes > maxBytes) Drop(_oldest);
        }
    }

    public void Store(in CacheKey key, DateTimeOffset expiresAt, ReadOnlySpan<byte> bytes)
    {
        var size = Itself + BlockStore.SizeOf(bytes.Length);
        if (size > maxBytes) return;
        lock (_lock)
        {
            if (_byKey.TryGetValue(key, out var old)) Drop(old);
            while (_bytes + size > maxBytes) Drop(_oldest);
            var slot = Take();
            var (first, last) = _blocks.Write(bytes);
            _slots[slot] = new Slot { Key = key, ExpiresAt = expiresAt.UtcTicks, First = first, Last = last, Length = bytes.Length };
            _byKey.Add(key, slot);
            LinkFirst(slot);
            _bytes += size;
        }
    }

    public CachedAnswer? Remove(in CacheKey key)
    {
        lock (_lock)
        {
            if (!_byKey.TryGetValue(key, out var slot)) return null;
            var answer = AnswerBytes.Read(Whole(slot));
            Drop(slot);
            return answer;
        }
    }

    /// <summary>Removes those that fit, some at a time. What is stored meanwhile may stay.</summary>
    public int Remove(Func<CachedAnswer, bool> which)
    {
        var removed = 0;
        foreach (var heads in Heads(DateTimeOffset.MinValue))
        {
            var doomed = heads.Where(head => which(AnswerBytes.Read(head.Bytes))).ToList();
            lock (_lock)
            {
                foreach (var head in doomed)
                {
                    if (!_byKey.TryGetValue(head.Key, out var slot)) continue;
                    Drop(slot);
                    removed++;
                }

                if (_byKey.Count == 0) GiveBack();
            }
        }

        return removed;
    }

    /// <summary>The key of the answer that a call was given first; the others aren't read for that.</summary>
    /// <param name="requestId">In UTF-8.</param>
    public CacheKey? KeyOf(ReadOnlySpan<byte> requestId, DateTimeOffset now)
    {
        var head = new byte[AnswerBytes.Texts + requestId.Length];
        for (var first = 0; ; first += Slice)
        {
            lock (_lock)
            {
                if (first >= _used) return null;
                for (var slot = first; slot < Math.Min(first + Slice, _used); slot++)
                {
                    if (!IsTaken(slot, now) || _slots[slot].Length < head.Length) continue;
                    _blocks.Read(_slots[slot].First, head);
                    if (AnswerBytes.IsOf(head, requestId)) return _slots[slot].Key;
                }
            }
        }
    }

    /// <summary>One that is there, without its completion.</summary>
    public MemoryEntry? Entry(in CacheKey key, DateTimeOffset now)
    {
        Kept kept;
        lock (_lock)
        {
            if (!_byKey.TryGetValue(key, out var slot) || !IsTaken(slot, now)) return null;
            kept = Look(slot);
        }

        return kept.ToEntry();
    }

    /// <summary>What is there, without the completions, read some at a time: what comes or goes meanwhile may be among it or not.</summary>
    public IEnumerable<MemoryEntry> Entries(DateTimeOffset now) => Heads(now).SelectMany(heads => heads).Select(head => head.ToEntry());

    /// <summary>What is said of the answers, as bytes, which are read where nobody waits.</summary>
    private IEnumerable<List<Kept>> Heads(DateTimeOffset now)
    {
        for (var first = 0; ; first += Slice)
        {
            List<Kept> heads;
            lock (_lock)
            {
                if (first >= _used) yield break;
                heads = [.. Enumerable.Range(first, Math.Min(Slice, _used - first)).Where(slot => IsTaken(slot, now)).Select(Look)];
            }

            yield return heads;
        }
    }

    private Kept Look(int slot) => new(_slots[slot].Key, Head(slot), _slots[slot].Hits, SizeOf(slot), _matches.GetValueOrDefault(slot));

    /// <summary>Whether an answer is there that hasn't expired; a place that is free still says what was there.</summary>
    private bool IsTaken(int slot, DateTimeOffset now) => _byKey.TryGetValue(_slots[slot].Key, out var there) && there == slot && _slots[slot].ExpiresAt > now.UtcTicks;

    private byte[] Whole(int slot) => Read(slot, _slots[slot].Length);

    private byte[] Head(int slot)
    {
        Span<byte> lengths = stackalloc byte[AnswerBytes.Texts];
        _blocks.Read(_slots[slot].First, lengths);
        return Read(slot, AnswerBytes.HeadLength(lengths));
    }

    private byte[] Read(int slot, int length)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(length);
        _blocks.Read(_slots[slot].First, bytes);
        return bytes;
    }

    private int SizeOf(int slot) => Itself + BlockStore.SizeOf(_slots[slot].Length) + (_matches.Count > 0 && _matches.TryGetValue(slot, out var match) ? match.Size : 0);

    private int Take()
    {
        if (_free != None)
        {
            var slot = _free;
            _free = _slots[slot].Older;
            return slot;
        }

        if (_used == _slots.Length) Array.Resize(ref _slots, Math.Max(16, _used * 2));
        return _used++;
    }

    private void Drop(int slot)
    {
        _bytes -= SizeOf(slot);
        if (_matches.Count > 0) _matches.Remove(slot);
        _byKey.Remove(_slots[slot].Key);
        _blocks.Free(_slots[slot].First, _slots[slot].Last);
        Unlink(slot);
        _slots[slot].Older = _free;
        _free = slot;
    }

    private void LinkFirst(int slot)
    {
        (_slots[slot].Older, _slots[slot].Newer) = (_newest, None);
        if (_newest == None) _oldest = slot;
        else _slots[_newest].Newer = slot;
        _newest = slot;
    }

    private void Unlink(int slot)
    {
        var (newer, older) = (_slots[slot].Newer, _slots[slot].Older);
        if (newer == None) _newest = older;
        else _slots[newer].Older = older;
        if (older == None) _oldest = newer;
        else _slots[older].Newer = newer;
    }

    private void GiveBack()
    {
        _blocks.Clear();
        _byKey.TrimExcess();
        (_slots, _used, _free) = ([], 0, None);
    }

    /// <summary>An answer as it was when it was looked at.</summary>
    private readonly record struct Kept(CacheKey Key, byte[] Bytes, long Hits, int Size, EntryMatch? Match)
    {
        public MemoryEntry ToEntry() => new(Key, AnswerBytes.Read(Bytes), Hits, Size, Match);
    }

    /// <summary>An answer's place. It refers to others by number, so that the collector has nothing to follow.</summary>
    private struct Slot
    {
        public CacheKey Key;
        public long ExpiresAt;
        public long Hits;
        public int First;
        public int Last;
        public int Length;
        public int Newer;

        /// <summary>Of a slot that is free, the next free one.</summary>
        public int Older;
    }
}
