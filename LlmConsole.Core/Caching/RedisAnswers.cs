using System.Data.Common;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Redis;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace LlmConsole.Core.Caching;

/// <summary>Answers that instances share, behind the memory of each. While Redis is away, or without one, there are none, and nobody waits.</summary>
internal sealed partial class RedisAnswers(RedisConnection redis, Func<CancellationToken, Task<byte[]>> readSecret, ILogger<RedisAnswers> log) : BackgroundService
{
    private const string Evictions = "cache-evictions";

    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly RedisAnswerTurns _turns = new(redis);
    private byte[]? _secret;

    /// <summary>Completes when answers are shared.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Authenticates what instances share; none before it was read, and where nothing is shared.</summary>
    public byte[]? Secret => _secret;

    /// <summary>Another instance removed this answer.</summary>
    public event Action<CacheKey>? Evicted;

    public async ValueTask<CachedAnswer?> FindAsync(CacheKey key)
    {
        if (_secret is not { } secret) return null;
        var found = await _turns.FindAsync(NameOf(key));
        if (found.IsNull) return null;
        var answer = AnswerCodec.Open(key, (byte[])found!, secret);
        if (answer is null) Tampered(key.ToString());
        return answer;
    }

    /// <summary>Nobody waits for it: at worst the answer isn't shared.</summary>
    public void Store(CacheKey key, CachedAnswer answer)
    {
        if (_secret is not { } secret) return;
        if (!redis.IsDegraded) _turns.Store(new(NameOf(key), AnswerCodec.Seal(key, answer, secret), NameOf(answer.RequestId), key.ToString(), answer.ExpiresAt - answer.StoredAt));
    }

    /// <summary>The key of the answer that a call was given first.</summary>
    public async ValueTask<CacheKey?> FindKeyAsync(string requestId)
    {
        if (_secret is null) return null;
        var found = await redis.AskAsync(db => db.StringGetAsync(NameOf(requestId)));
        return found is { HasValue: true, Value.IsNull: false } ? CacheKey.Parse(found.Value!) : null;
    }

    /// <summary>Removes an answer, here and in the memory of the other instances.</summary>
    public async ValueTask RemoveAsync(CacheKey key, string requestId)
    {
        if (_secret is null) return;

        await _turns.StoredAsync();

        // One by one: in a cluster the two lie on different nodes.
        await redis.AskAsync(db => Task.WhenAll(db.KeyDeleteAsync(NameOf(key)), db.KeyDeleteAsync(NameOf(requestId))));
        await redis.PublishAsync(Evictions, key.ToString());
    }

    /// <summary>Reads the secret and listens for evictions.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!redis.IsConfigured) return;
        try
        {
            var secret = await readSecret(stoppingToken);

            // Whoever reads what others wrote must also hear what they take back.
            await redis.SubscribeAsync(Evictions, Heard, stoppingToken);
            _secret = secret;
            _ready.TrySetResult();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process stops.
        }
        catch (Exception e) when (e is SecretUnreadableException or DbException)
        {
            NoSecret(e);
        }
    }

    private void Heard(RedisValue message)
    {
        if (CacheKey.Parse(message.ToString()) is { } key) Evicted?.Invoke(key);
    }

    private RedisKey NameOf(CacheKey key) => redis.Key($"answer:{key}");

    private RedisKey NameOf(string requestId) => redis.Key($"answer-of:{requestId}");

    [LoggerMessage(LogLevel.Warning, "The answer {Key} in Redis was not written by this installation, or was changed; it is not used")]
    private partial void Tampered(string key);

    [LoggerMessage(LogLevel.Error, "The secret that authenticates shared answers can't be read; answers are kept in this instance's memory only")]
    private partial void NoSecret(Exception error);
}
