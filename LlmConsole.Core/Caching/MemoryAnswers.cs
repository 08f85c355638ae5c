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
        private readonly Dictionary<CacheKey, LinkedListNode<MemoryEntry>> _byKey = [];
        private readonly LinkedList<MemoryEntry> _byUse = [];
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
                if (!_byKey.TryGetValue(key, out var node)) return null;
                if (node.Value.Answer.ExpiresAt <= now)
                {
                    Drop(node);
                    return null;
                }

                _byUse.Remove(node);
                _byUse.AddFirst(node);
                return node.Value.Answer;
            }
        }

        public void Given(in CacheKey key, EntryMatch? match)
        {
            lock (_lock)
            {
                if (!_byKey.TryGetValue(key, out var node)) return;
                node.Value.Hits++;
                if (match is null) return;
                _bytes += match.Size - (node.Value.LastMatch?.Size ?? 0);
                node.Value.LastMatch = match;
                while (_bytes > maxBytes) Drop(_byUse.Last!);
            }
        }

        public void Store(in CacheKey key, CachedAnswer answer)
        {
            if (answer.Size > maxBytes) return;
            lock (_lock)
            {
                if (_byKey.TryGetValue(key, out var old)) Drop(old);
                while (_bytes + answer.Size > maxBytes) Drop(_byUse.Last!);
                _byKey.Add(key, _byUse.AddFirst(new MemoryEntry(key, answer)));
                _bytes += answer.Size;
            }
        }

        public CachedAnswer? Remove(in CacheKey key)
        {
            lock (_lock)
            {
                if (!_byKey.TryGetValue(key, out var node)) return null;
                Drop(node);
                return node.Value.Answer;
            }
        }

        public int Remove(Func<CachedAnswer, bool> which)
        {
            lock (_lock)
            {
                var doomed = _byKey.Values.Where(node => which(node.Value.Answer)).ToList();
                foreach (var node in doomed) Drop(node);
                return doomed.Count;
            }
        }

        public MemoryEntry[] Entries(DateTimeOffset now)
        {
            lock (_lock) return [.. _byUse.Where(entry => entry.Answer.ExpiresAt > now)];
        }

        private void Drop(LinkedListNode<MemoryEntry> node)
        {
            _byUse.Remove(node);
            _byKey.Remove(node.Value.Key);
            _bytes -= node.Value.Answer.Size + (node.Value.LastMatch?.Size ?? 0);
        }
    }
}

/// <summary>An answer in memory.</summary>
internal sealed class MemoryEntry(CacheKey key, CachedAnswer answer)
{
    public CacheKey Key { get; } = key;
    public CachedAnswer Answer { get; } = answer;

    /// <summary>How often it was given again by this instance.</summary>
    public long Hits { get; set; }

    /// <summary>The last message that is only worded alike and was given it by this instance.</summary>
    public EntryMatch? LastMatch { get; set; }
}
