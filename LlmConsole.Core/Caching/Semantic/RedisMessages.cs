using System.Numerics.Tensors;
using System.Security.Cryptography;
using System.Text;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Redis;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace LlmConsole.Core.Caching.Semantic;

/// <summary>
/// The messages that instances share, in vector sets of Redis. A set holds one part of the index, and its name is a digest of everything that must be
/// the same: the scope with its purges, the rest of the request, and the embedder. What the set finds is only a candidate: each message lies, authenticated,
/// beside it with its own vector, and that is what similarity is measured by. While Redis is away, or knows no vector sets, there is nothing here, and nobody waits.
/// </summary>
internal sealed partial class RedisMessages(RedisConnection redis, RedisAnswers answers, int maxEntries, TimeProvider time, ILogger<RedisMessages> log)
{
    /// <summary>So many leave at once at most, so that no call pays for a bound that was lowered.</summary>
    private const int MostDropped = 32;

    private const char Between = '/';

    private static readonly TimeSpan AskedAgainAfter = TimeSpan.FromMinutes(1);

    // No set outlives its last message by more than an answer can live.
    private static readonly TimeSpan LongestLife = TimeSpan.FromSeconds(ExactCachePolicy.MaxTtlSeconds);

    private Ability? _ability;

    /// <summary>Where instances keep their vectors, asked now.</summary>
    public async ValueTask<VectorHome> HomeAsync()
    {
        if (!redis.IsConfigured) return VectorHome.Memory;
        if (answers.Secret is null) return VectorHome.Away;
        var can = await CanAsync();
        return redis.IsDegraded ? VectorHome.Away : can ? VectorHome.Redis : VectorHome.MemoryBesideRedis;
    }

    /// <summary>Completes when the message is shared, or can't be; a call doesn't wait for it.</summary>
    public async Task AddAsync(CacheKey rest, string embedder, float[] vector, IndexedMessage message)
    {
        var ttl = message.ExpiresAt - time.GetUtcNow();
        if (ttl <= TimeSpan.Zero || answers.Secret is not { } secret || !await CanAsync()) return;
        var part = PartOf(rest, embedder, vector.Length);
        var kept = await redis.AskAsync(async db =>
        {
            var (entry, vectors) = (db.StringSetAsync(NameOf(message.Answer), MessageCodec.Seal(part, message, vector, secret), ttl), db.VectorSetAddAsync(SetOf(part), VectorSetAddRequest.Member(message.Answer.ToString(), vector)));
            var (life, use, count) = (db.KeyExpireAsync(SetOf(part), LongestLife), db.SortedSetAddAsync(ByUse, Member(part, message.Answer), Now()), db.SortedSetLengthAsync(ByUse));
            await Task.WhenAll(entry, vectors, life, use, count);
            return await count;
        });
        if (kept.HasValue && kept.Value > maxEntries) await DropAsync(Math.Min(kept.Value - maxEntries, MostDropped));
    }

    /// <summary>The nearest messages by their own vectors, the nearest first.</summary>
    public async ValueTask<IReadOnlyList<SharedNeighbour>> NearestAsync(CacheKey rest, string embedder, float[] vector, int most)
    {
        if (answers.Secret is not { } secret || !await CanAsync()) return [];
        var part = PartOf(rest, embedder, vector.Length);
        var found = await redis.AskAsync(db => SearchAsync(db, part, vector, most));
        if (!found.HasValue) return [];
        var near = new List<SharedNeighbour>(most);
        foreach (var (answer, value) in found.Value)
        {
            if (Open(part, answer, value, secret) is ({ } message, { } own) && own.Length == vector.Length) near.Add(new SharedNeighbour(message, TensorPrimitives.Dot<float>(vector, own), own));
            else _ = ForgetAsync(part, answer);
        }

        if (near.Count > 0) _ = redis.AskAsync(db => db.SortedSetAddAsync(ByUse, [.. near.Select(one => new SortedSetEntry(Member(part, one.Message.Answer), Now()))], SortedSetWhen.Exists)).AsTask();
        near.Sort((a, b) => b.Similarity.CompareTo(a.Similarity));
        return near;
    }

    /// <summary>Removes the message of an answer; its place in the set goes when it is next found.</summary>
    public async ValueTask RemoveAsync(CacheKey answer)
    {
        if (answers.Secret is not null) await redis.AskAsync(db => db.KeyDeleteAsync(NameOf(answer)));
    }

    private async Task<IReadOnlyList<(CacheKey Answer, byte[]? Value)>> SearchAsync(IDatabase db, CacheKey part, float[] vector, int most)
    {
        var request = VectorSetSimilaritySearchRequest.ByVector(vector);
        request.Count = most;
        var found = new List<CacheKey>(most);
        using (var members = await db.VectorSetSimilaritySearchAsync(SetOf(part), request))
        {
            foreach (var one in members is null ? [] : members.Span)
            {
                if (CacheKey.Parse(one.Member.ToString()) is { } answer) found.Add(answer);
            }
        }

        var values = await Task.WhenAll(found.Select(answer => db.StringGetAsync(NameOf(answer))));
        return [.. found.Select((answer, i) => (answer, (byte[]?)values[i]))];
    }

    private (IndexedMessage Message, float[] Vector)? Open(CacheKey part, CacheKey answer, byte[]? value, byte[] secret) =>
        value is not null && MessageCodec.Open(part, answer, value, secret) is { } opened && opened.Message.ExpiresAt > time.GetUtcNow() ? opened : null;

    /// <summary>Those that were used longest ago go, as in memory.</summary>
    private async Task DropAsync(long count)
    {
        var oldest = await redis.AskAsync(db => db.SortedSetPopAsync(ByUse, count));
        if (!oldest.HasValue) return;
        foreach (var entry in oldest.Value)
        {
            var names = entry.Element.ToString().Split(Between);
            if (names.Length == 2 && CacheKey.Parse(names[0]) is { } part && CacheKey.Parse(names[1]) is { } answer) await Task.WhenAll(ForgetAsync(part, answer), RemoveAsync(answer).AsTask());
        }
    }

    /// <summary>What isn't a message of this part, or not any more, has no place in its set.</summary>
    private async Task ForgetAsync(CacheKey part, CacheKey answer) => await redis.AskAsync(async db =>
    {
        await Task.WhenAll(db.VectorSetRemoveAsync(SetOf(part), answer.ToString()), db.SortedSetRemoveAsync(ByUse, Member(part, answer)));
        return true;
    });

    /// <summary>Whether the server knows vector sets; asked again after it was away, and now and then, for it may be another by then.</summary>
    private async ValueTask<bool> CanAsync()
    {
        var (now, outages) = (time.GetUtcNow(), redis.Outages);
        if (_ability is { } known && known.Outages == outages && (known.Can || now - known.AskedAt < AskedAgainAfter)) return known.Can;
        var asked = await redis.AskAsync(AskAsync);
        if (!asked.HasValue) return false;
        if (!asked.Value && _ability is not { Can: false }) WithoutVectorSets();
        _ability = new Ability(asked.Value, outages, now);
        return asked.Value;
    }

    private async Task<bool> AskAsync(IDatabase db)
    {
        try
        {
            await db.VectorSetLengthAsync(redis.Key("messages:none"));
            return true;
        }
        catch (RedisServerException e) when (e.Message.StartsWith("ERR", StringComparison.Ordinal) || e.Message.StartsWith("NOPERM", StringComparison.Ordinal))
        {
            return false;
        }
    }

    private static CacheKey PartOf(CacheKey rest, string embedder, int dimensions) => CacheKey.From(SHA256.HashData(Encoding.UTF8.GetBytes($"{rest}/{dimensions}/{embedder}")));

    private static RedisValue Member(CacheKey part, CacheKey answer) => $"{part}{Between}{answer}";

    private double Now() => time.GetUtcNow().ToUnixTimeMilliseconds();

    private RedisKey ByUse => redis.Key("messages-by-use");

    private RedisKey SetOf(CacheKey part) => redis.Key($"messages:{part}");

    private RedisKey NameOf(CacheKey answer) => redis.Key($"message:{answer}");

    [LoggerMessage(LogLevel.Information, "Redis knows no vector sets (Redis 8 does); messages that are worded alike are found by the instance that answered them")]
    private partial void WithoutVectorSets();

    private sealed record Ability(bool Can, long Outages, DateTimeOffset AskedAt);
}

/// <summary>A message that instances share, near another.</summary>
/// <param name="Vector">Its own.</param>
internal sealed record SharedNeighbour(IndexedMessage Message, double Similarity, float[] Vector);

/// <summary>Where the vectors of messages are kept.</summary>
public enum VectorHome
{
    /// <summary>There is one instance, and they are in its memory.</summary>
    Memory,

    /// <summary>In vector sets of Redis, and in the memory of each instance.</summary>
    Redis,

    /// <summary>In the memory of each instance: this Redis has no vector sets.</summary>
    MemoryBesideRedis,

    /// <summary>In the memory of each instance: Redis doesn't answer.</summary>
    Away,
}
