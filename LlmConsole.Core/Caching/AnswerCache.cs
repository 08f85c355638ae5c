using LlmConsole.Core.Telemetry;

namespace LlmConsole.Core.Caching;

/// <summary>Finished answers by the request that they answer, and those under way.</summary>
public sealed class AnswerCache
{
    private readonly RedisAnswers _shared;
    private readonly TimeProvider _time;

    internal AnswerCache(CachingOptions options, RedisAnswers shared, TimeProvider time)
    {
        _shared = shared;
        _time = time;
        Memory = new MemoryAnswers(options.MemoryBytes, time);
        Flights = new Flights(options.MemoryBytes);
        shared.Evicted += key => Memory.Remove(key);
    }

    internal MemoryAnswers Memory { get; }

    internal Flights Flights { get; }

    /// <summary>The answer to exactly this request, at most so old.</summary>
    internal async ValueTask<CachedAnswer?> FindAsync(CacheKey key, TimeSpan? mostAge, CancellationToken cancellation)
    {
        var found = await GetAsync(key, cancellation);
        if (found is null || !IsYoung(found, mostAge)) return null;
        CacheMetrics.LookedUp(CacheMetrics.Exact, "hit");
        return found;
    }

    internal async ValueTask<CachedAnswer?> GetAsync(CacheKey key, CancellationToken cancellation)
    {
        if (Memory.Find(key) is { } near) return near;
        var shared = await _shared.FindAsync(key);
        cancellation.ThrowIfCancellationRequested();
        if (shared is null || shared.ExpiresAt <= _time.GetUtcNow()) return null;
        Memory.Store(key, shared);
        return shared;
    }

    internal void Store(in CacheKey key, CachedAnswer answer)
    {
        Memory.Store(key, answer);
        _shared.Store(key, answer);
    }

    /// <summary>Removes the answer that a call was given first, everywhere. Its key, when it was there.</summary>
    internal async ValueTask<CacheKey?> EvictAsync(string requestId)
    {
        if ((Memory.KeyOf(requestId) ?? await _shared.FindKeyAsync(requestId)) is not { } key) return null;
        Memory.Remove(key);
        await _shared.RemoveAsync(key, requestId);
        return key;
    }

    private bool IsYoung(CachedAnswer answer, TimeSpan? mostAge) => mostAge is not { } most || _time.GetUtcNow() - answer.StoredAt <= most;
}
