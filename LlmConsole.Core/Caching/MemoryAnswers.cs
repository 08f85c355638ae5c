using System.Text;

namespace LlmConsole.Core.Caching;

/// <summary>Answers in memory: at most so many bytes, the one that was used longest ago goes first. Locked in parts, so that calls seldom wait for each other.</summary>
internal sealed class MemoryAnswers
{
    private const int ShardCount = 16;

    private readonly MemoryShard[] _shards;
    private readonly TimeProvider _time;

    public MemoryAnswers(long maxBytes, TimeProvider time)
    {
        _time = time;
        _shards = [.. Enumerable.Range(0, ShardCount).Select(_ => new MemoryShard(maxBytes / ShardCount))];
    }

    public long Bytes => _shards.Sum(shard => shard.Bytes);

    public int Count => _shards.Sum(shard => shard.Count);

    public CachedAnswer? Find(in CacheKey key) => ShardOf(key).Find(key, _time.GetUtcNow());

    /// <summary>A call was answered with it. Finding it isn't enough: shadow mode looks and doesn't serve, and an answer may be too old for a caller.</summary>
    /// <param name="match">The message that it was given to, when that one is only worded alike.</param>
    public void Given(in CacheKey key, EntryMatch? match = null) => ShardOf(key).Given(key, match);

    public void Store(in CacheKey key, CachedAnswer answer)
    {
        using var bytes = new PooledBytes(answer.Completion.Length + PooledBytes.InitialSize);
        AnswerBytes.Write(answer, bytes);
        ShardOf(key).Store(key, answer.ExpiresAt, bytes.Span);
    }

    /// <summary>The answer that was there, if any.</summary>
    public CachedAnswer? Remove(in CacheKey key) => ShardOf(key).Remove(key);

    /// <summary>Removes those that fit, by what is said of them, without their completions; returns how many it were.</summary>
    public int Remove(Func<CachedAnswer, bool> which) => _shards.Sum(shard => shard.Remove(which));

    /// <summary>The key of the answer that a call was given first.</summary>
    public CacheKey? KeyOf(string requestId)
    {
        var bytes = Encoding.UTF8.GetBytes(requestId);
        foreach (var shard in _shards)
        {
            if (shard.KeyOf(bytes, _time.GetUtcNow()) is { } key) return key;
        }

        return null;
    }

    /// <summary>The answer that a call was given first, without its completion.</summary>
    public MemoryEntry? Entry(string requestId) => KeyOf(requestId) is { } key ? ShardOf(key).Entry(key, _time.GetUtcNow()) : null;

    /// <summary>What is there, without the completions, read as it is asked for: what comes or goes meanwhile may be among it or not.</summary>
    public IEnumerable<MemoryEntry> Entries() => _shards.SelectMany(shard => shard.Entries(_time.GetUtcNow()));

    private MemoryShard ShardOf(in CacheKey key) => _shards[(int)(key.High & (ShardCount - 1))];
}
