using LlmConsole.Core.Redis;
using StackExchange.Redis;

namespace LlmConsole.Core.Caching;

/// <summary>Look-ups and answers of many calls on their way to Redis, several in one message. A cluster, where each lies in a slot of its own, is sent a message for each.</summary>
internal sealed class RedisAnswerTurns
{
    private const int MostLookups = 128;
    private const int MostKept = 32;

    /// <summary>Beyond this, answers that wait to be kept aren't shared.</summary>
    private const int MostBytes = 8 << 20;

    private static readonly RedisScript Keep = new("for i = 1, #KEYS do redis.call('SET', KEYS[i], ARGV[2 * i - 1], 'PX', ARGV[2 * i]) end return 1");

    private readonly RedisConnection _redis;
    private readonly RedisTurns<Lookup> _lookups;
    private readonly RedisTurns<Keeping> _kept;
    private int _bytes;

    public RedisAnswerTurns(RedisConnection redis)
    {
        _redis = redis;
        _lookups = new RedisTurns<Lookup>(MostLookups, static () => Stages.AreQueued, LookAsync);
        _kept = new RedisTurns<Keeping>(MostKept, static () => Stages.AreQueued, KeepAsync);
    }

    /// <summary>What lies under a key; nothing when there is nothing, or Redis doesn't answer.</summary>
    public Task<RedisValue> FindAsync(RedisKey key)
    {
        var lookup = new Lookup(key);
        _lookups.Add(lookup);
        return lookup.Found;
    }

    /// <summary>Keeps values for a while. Nobody waits for it.</summary>
    public void Store(Kept kept)
    {
        if (Interlocked.Add(ref _bytes, kept.Length) <= MostBytes) _kept.Add(new Keeping(kept, null));
        else Interlocked.Add(ref _bytes, -kept.Length);
    }

    /// <summary>Completes when Redis has been sent all that was to be kept until now, so that what is removed then isn't put there again.</summary>
    public Task StoredAsync()
    {
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _kept.Add(new Keeping(null, sent));
        return sent.Task;
    }

    private async Task LookAsync(IReadOnlyList<Lookup> lookups)
    {
        RedisKey[] keys = [.. lookups.Select(lookup => lookup.Key)];
        try
        {
            var found = await _redis.AskAsync(db => keys.Length > 1 && !_redis.IsCluster ? db.StringGetAsync(keys) : Task.WhenAll(Array.ConvertAll(keys, key => db.StringGetAsync(key))));
            for (var i = 0; i < keys.Length; i++) lookups[i].Answered(found.HasValue ? found.Value[i] : RedisValue.Null);
        }
        catch (Exception bug)
        {
            foreach (var lookup in lookups) lookup.Fail(bug);
        }
    }

    private async Task KeepAsync(IReadOnlyList<Keeping> steps)
    {
        Kept[] answers = [.. steps.Select(step => step.Kept).OfType<Kept>()];
        foreach (var kept in answers) Interlocked.Add(ref _bytes, -kept.Length);
        try
        {
            if (answers.Length > 0) await KeepAsync(answers);
            foreach (var step in steps) step.Sent?.SetResult();
        }
        catch (Exception bug)
        {
            foreach (var step in steps) step.Sent?.TrySetException(bug);
        }
    }

    private async Task KeepAsync(Kept[] answers)
    {
        if (_redis.IsCluster) await _redis.AskAsync(db => Task.WhenAll(answers.SelectMany(kept => new[] { db.StringSetAsync(kept.Key, kept.Value, kept.Life), db.StringSetAsync(kept.OtherKey, kept.OtherValue, kept.Life) })));
        else await _redis.AskAsync(db => Keep.RunAsync(db, [.. answers.SelectMany(kept => new[] { kept.Key, kept.OtherKey })], [.. answers.SelectMany(kept => kept.Words())]));
    }

    /// <summary>Two values that are kept as long as each other.</summary>
    public sealed record Kept(RedisKey Key, byte[] Value, RedisKey OtherKey, string OtherValue, TimeSpan Life)
    {
        public int Length => Value.Length;

        public RedisValue[] Words()
        {
            var life = Math.Max(1, (long)Life.TotalMilliseconds);
            return [Value, life, OtherValue, life];
        }
    }

    /// <summary>What is to be kept, or who wants to know when all before it was.</summary>
    private readonly record struct Keeping(Kept? Kept, TaskCompletionSource? Sent);

    private sealed class Lookup(RedisKey key)
    {
        private readonly TaskCompletionSource<RedisValue> _found = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public RedisKey Key => key;
        public Task<RedisValue> Found => _found.Task;

        public void Answered(RedisValue value) => _found.SetResult(value);

        public void Fail(Exception bug) => _found.TrySetException(bug);
    }
}
