namespace LlmConsole.Core.Caching;

/// <summary>Answers in memory: at most so many bytes, the one that was used longest ago goes first. Locked in parts, so that calls seldom wait for each other.</summary>
internal sealed class MemoryAnswers
{
    private const int ShardCount = 16;

    private readonly Shard[] _shards;
    private readonly TimeProvider _time;

    public MemoryAnswers(long maxBytes, TimeProvider time)
    {
        _time = time;
        _shards = [.. Enumerable.Range(0, ShardCount).Select(_ => new Shard(maxBytes / ShardCount))];
    }

    public long Bytes => _shards.Sum(shard => shard.Bytes);

    public int Count => _shards.Sum(shard => shard.Count);

    public CachedAnswer? Find(in CacheKey key) => ShardOf(key).Find(key, _time.GetUtcNow());

    /// <summary>A call was answered with it. Finding it isn't enough: shadow mode looks and doesn't serve, and an answer may be too old for a caller.</summary>
    /// <param name="match">The message that it was given to, when that one is only worded alike.</param>
    public void Given(in CacheKey key, EntryMatch? match = null) => ShardOf(key).Given(key, match);

    public void Store(in CacheKey key, CachedAnswer answer) => ShardOf(key).Store(key, answer);

    /// <summary>The answer that was there, if any.</summary>
    public CachedAnswer? Remove(in CacheKey key) => ShardOf(key).Remove(key);

    /// <summary>Removes those that fit; returns how many it were.</summary>
    public int Remove(Func<CachedAnswer, bool> which) => _shards.Sum(shard => shard.Remove(which));

    /// <summary>A copy of what is there now, the last used first within each part.</summary>
    public IReadOnlyList<MemoryEntry> Entries() => [.. _shards.SelectMany(shard => shard.Entries(_time.GetUtcNow()))];

    private Shard ShardOf(in CacheKey key) => _shards[(int)(key.High & (ShardCount - 1))];

    private sealed class Shard(long maxBytes)
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<CacheKey, MemoryEntry> _byKey = [];
        private readonly OrderOfUse _byUse = new();
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
            lock (_lock)
            {
                if (!_byKey.TryGetValue(key, out var entry)) return null;
                if (entry.Answer.ExpiresAt <= now)
                {
                    Drop(entry);
                    return null;
                }

                _byUse.Remove(entry);
                _byUse.AddFirst(entry);
                return entry.Answer;
            }
        }

        public void Given(in CacheKey key, EntryMatch? match)
        {
            lock (_lock)
            {
                if (!_byKey.TryGetValue(key, out var entry)) return;
                entry.Hits++;
                if (match is null) return;
                _bytes -= entry.Size;
                entry.LastMatch = match;
                _bytes += entry.Size;
                while (_bytes > maxBytes) Drop(_byUse.Last!);
            }
        }

        public void Store(in CacheKey key, CachedAnswer answer)
        {
            var entry = new MemoryEntry(key, answer);
            if (entry.Size > maxBytes) return;
            lock (_lock)
            {
                if (_byKey.TryGetValue(key, out var old)) Drop(old);
                while (_bytes + entry.Size > maxBytes) Drop(_byUse.Last!);
                _byKey.Add(key, entry);
                _byUse.AddFirst(entry);
                _bytes += entry.Size;
            }
        }

        public CachedAnswer? Remove(in CacheKey key)
        {
            lock (_lock)
            {
                if (!_byKey.TryGetValue(key, out var entry)) return null;
                Drop(entry);
                return entry.Answer;
            }
        }

        public int Remove(Func<CachedAnswer, bool> which)
        {
            lock (_lock)
            {
                var doomed = _byKey.Values.Where(entry => which(entry.Answer)).ToList();
                foreach (var entry in doomed) Drop(entry);
                return doomed.Count;
            }
        }

        public MemoryEntry[] Entries(DateTimeOffset now)
        {
            lock (_lock) return [.. _byUse.Entries().Where(entry => entry.Answer.ExpiresAt > now)];
        }

        private void Drop(MemoryEntry entry)
        {
            _byUse.Remove(entry);
            _byKey.Remove(entry.Key);
            _bytes -= entry.Size;
        }
    }
}
