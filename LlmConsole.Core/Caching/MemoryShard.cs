namespace LlmConsole.Core.Caching;

/// <summary>A part of the answers in memory: at most so many bytes, the one that was used longest ago goes first.</summary>
internal sealed class MemoryShard(long maxBytes)
{
    private const int None = -1;

    // Of an answer beside its bytes: its slot, and its place in a dictionary, both of which are two thirds full on average.
    private const int Itself = 96 + 90;

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
            _slots[slot] = new Slot { Key = key, ExpiresAt = expiresAt.UtcTicks, First = _blocks.Write(bytes), Length = bytes.Length };
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

    public int Remove(Func<CachedAnswer, bool> which)
    {
        lock (_lock)
        {
            var doomed = _byKey.Values.Where(slot => which(AnswerBytes.Read(Head(slot)))).ToList();
            foreach (var slot in doomed) Drop(slot);
            if (_byKey.Count == 0) GiveBack();
            return doomed.Count;
        }
    }

    /// <summary>The key of the answer that a call was given first; the others aren't read for that.</summary>
    /// <param name="requestId">In UTF-8.</param>
    public CacheKey? KeyOf(ReadOnlySpan<byte> requestId, DateTimeOffset now)
    {
        var head = new byte[AnswerBytes.Texts + requestId.Length];
        lock (_lock)
        {
            foreach (var (key, slot) in _byKey)
            {
                if (_slots[slot].ExpiresAt <= now.UtcTicks || _slots[slot].Length < head.Length) continue;
                _blocks.Read(_slots[slot].First, head);
                if (AnswerBytes.IsOf(head, requestId)) return key;
            }
        }

        return null;
    }

    /// <summary>What is there now, without the completions, the last used first.</summary>
    public List<MemoryEntry> Entries(DateTimeOffset now)
    {
        var entries = new List<MemoryEntry>();
        lock (_lock)
        {
            for (var slot = _newest; slot != None; slot = _slots[slot].Older)
            {
                ref readonly var kept = ref _slots[slot];
                if (kept.ExpiresAt <= now.UtcTicks) continue;
                entries.Add(new MemoryEntry(kept.Key, AnswerBytes.Read(Head(slot)), kept.Hits, SizeOf(slot), _matches.GetValueOrDefault(slot)));
            }
        }

        return entries;
    }

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

    private int SizeOf(int slot) => Itself + BlockStore.SizeOf(_slots[slot].Length) + (_matches.TryGetValue(slot, out var match) ? match.Size : 0);

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
        _matches.Remove(slot);
        _byKey.Remove(_slots[slot].Key);
        _blocks.Free(_slots[slot].First);
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

    /// <summary>An answer's place. It refers to others by number, so that the collector has nothing to follow.</summary>
    private struct Slot
    {
        public CacheKey Key;
        public long ExpiresAt;
        public long Hits;
        public int First;
        public int Length;
        public int Newer;

        /// <summary>Of a slot that is free, the next free one.</summary>
        public int Older;
    }
}
