using System.Security.Cryptography;
using System.Text;
using LlmConsole.Core.Caching;
using LlmConsole.Core.Redis;
using LlmConsole.Core.Wire;
using LlmConsole.Tests.Redis;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace LlmConsole.Tests.Caching;

/// <summary>What every home of answers does: memory, Garnet in this process, a redis-server, and one in cluster mode.</summary>
public abstract class AnswerHomesTests
{
    private static readonly byte[] Secret = RandomNumberGenerator.GetBytes(32);

    protected abstract Task<RedisOptions> StartAsync();

    [Fact]
    public async Task Find_WhatWasStored_IsTheSameAnswer()
    {
        await using var home = await Instance.StartAsync(await StartAsync());
        var key = NewKey();
        home.Cache.Store(key, Answer());

        var found = (await home.Cache.FindAsync(key, null, TestContext.Current.CancellationToken)).ShouldNotBeNull();
        Encoding.UTF8.GetString(found.Completion.Span).ShouldBe("{\"a\":\"é\"}");
        (await home.Cache.FindAsync(NewKey(), null, TestContext.Current.CancellationToken)).ShouldBeNull();
        (await home.Cache.FindAsync(key, TimeSpan.Zero, TestContext.Current.CancellationToken)).ShouldBeNull("it is older than that");
    }

    [Fact]
    public async Task Evict_ByTheCallItAnswered_TakesItAway()
    {
        await using var home = await Instance.StartAsync(await StartAsync());
        var key = NewKey();
        home.Cache.Store(key, Answer());

        (await home.Cache.EvictAsync("req_1")).ShouldBe(key);
        (await home.Cache.EvictAsync("req_1")).ShouldBeNull();
        (await home.Cache.FindAsync(key, null, TestContext.Current.CancellationToken)).ShouldBeNull();
    }

    private protected static CacheKey NewKey() => CacheKey.From(RandomNumberGenerator.GetBytes(CacheKey.Length));

    private protected static CachedAnswer Answer() => new()
    {
        RequestId = "req_1", TenantId = "ten_1", Model = "m", ProviderModel = "p", FinishReason = "stop", Prompt = "hí", Usage = new TokenUsage(1, 2, 3, 1, 4),
        StoredAt = DateTimeOffset.FromUnixTimeMilliseconds(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() - 1), ExpiresAt = TimeProvider.System.GetUtcNow().AddHours(1),
        Completion = Encoding.UTF8.GetBytes("{\"a\":\"é\"}"),
    };

    /// <summary>One instance of the gateway, as far as the cache goes.</summary>
    protected sealed class Instance : IAsyncDisposable
    {
        private readonly RedisAnswers _shared;

        private Instance(RunningRedis redis, RedisAnswers shared)
        {
            Redis = redis;
            _shared = shared;
            Cache = new AnswerCache(new CachingOptions(), shared, TimeProvider.System);
        }

        public AnswerCache Cache { get; }

        internal RunningRedis Redis { get; }

        public static async Task<Instance> StartAsync(RedisOptions options, byte[]? secret = null)
        {
            var redis = await RunningRedis.StartAsync(options, untilThere: options.ConnectionString is not null);
            var shared = new RedisAnswers(redis.Connection, _ => Task.FromResult(secret ?? Secret), NullLogger<RedisAnswers>.Instance);
            await shared.StartAsync(TestContext.Current.CancellationToken);
            if (options.ConnectionString is not null) await shared.Ready.WaitAsync(TestContext.Current.CancellationToken);
            return new Instance(redis, shared);
        }

        public async ValueTask DisposeAsync()
        {
            await _shared.StopAsync(CancellationToken.None);
            _shared.Dispose();
            await Redis.DisposeAsync();
        }
    }
}

public sealed class MemoryHomeTests : AnswerHomesTests
{
    protected override Task<RedisOptions> StartAsync() => Task.FromResult(RedisOptions.None);
}

/// <summary>What two instances on one Redis see of each other.</summary>
public abstract class SharedHomesTests : AnswerHomesTests
{
    [Fact]
    public async Task Find_WhatAnotherInstanceStored_IsFoundWhole()
    {
        var options = await StartAsync();
        await using var one = await Instance.StartAsync(options);
        await using var other = await Instance.StartAsync(options);
        var (key, answer) = (NewKey(), Answer());
        one.Cache.Store(key, answer);
        await SettledAsync(one, key);

        var found = (await other.Cache.FindAsync(key, null, TestContext.Current.CancellationToken)).ShouldNotBeNull();
        (found with { Completion = default, ExpiresAt = default, Prompt = found.Prompt, PromptBytes = default }).ShouldBe(answer with { Completion = default, ExpiresAt = default });
        other.Cache.Memory.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Evict_OnOneInstance_ReachesTheMemoryOfTheOther()
    {
        var options = await StartAsync();
        await using var one = await Instance.StartAsync(options);
        await using var other = await Instance.StartAsync(options);
        var key = NewKey();
        one.Cache.Store(key, Answer());
        await SettledAsync(one, key);
        await other.Cache.FindAsync(key, null, TestContext.Current.CancellationToken);

        (await one.Cache.EvictAsync("req_1")).ShouldBe(key);

        await CachedModel.UntilAsync(() => other.Cache.Memory.Count == 0);
        (await other.Cache.FindAsync(key, null, TestContext.Current.CancellationToken)).ShouldBeNull();
    }

    /// <summary>While answers are on their way, one of them is removed: it doesn't arrive behind its removal.</summary>
    [Fact]
    public async Task Evict_WhileAnswersAreBeingKept_IsNotOvertaken()
    {
        var options = await StartAsync();
        await using var one = await Instance.StartAsync(options);
        await using var other = await Instance.StartAsync(options);
        var keys = Enumerable.Range(0, 50).Select(_ => NewKey()).ToArray();
        for (var i = 0; i < keys.Length; i++) one.Cache.Store(keys[i], Answer() with { RequestId = $"req_{i}" });

        (await one.Cache.EvictAsync("req_49")).ShouldBe(keys[49]);

        (await other.Cache.FindAsync(keys[49], null, TestContext.Current.CancellationToken)).ShouldBeNull();
        (await other.Cache.FindAsync(keys[48], null, TestContext.Current.CancellationToken)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Find_WhatWasTamperedWith_IsAMiss()
    {
        var options = await StartAsync();
        await using var one = await Instance.StartAsync(options);
        await using var other = await Instance.StartAsync(options);
        await using var stranger = await Instance.StartAsync(options, RandomNumberGenerator.GetBytes(32));
        var (key, elsewhere) = (NewKey(), NewKey());
        one.Cache.Store(key, Answer());
        await SettledAsync(one, key);

        (await stranger.Cache.FindAsync(key, null, TestContext.Current.CancellationToken)).ShouldBeNull("the secret is another");
        var value = (byte[])(await AskAsync(one, db => db.StringGetAsync(Name(one, key))))!;
        await AskAsync(one, db => db.StringSetAsync(Name(one, elsewhere), value));
        (await other.Cache.FindAsync(elsewhere, null, TestContext.Current.CancellationToken)).ShouldBeNull("it was sealed under another key");
        for (var at = 0; at < value.Length; at += 17)
        {
            byte[] changed = [.. value];
            changed[at] ^= 1;
            await AskAsync(one, db => db.StringSetAsync(Name(one, key), changed));
            (await other.Cache.FindAsync(key, null, TestContext.Current.CancellationToken)).ShouldBeNull($"byte {at} was changed");
        }

        await AskAsync(one, db => db.StringSetAsync(Name(one, key), "short"));
        (await other.Cache.FindAsync(key, null, TestContext.Current.CancellationToken)).ShouldBeNull();
    }

    [Fact]
    public async Task Store_Always_ExpiresInRedisToo()
    {
        await using var one = await Instance.StartAsync(await StartAsync());
        var key = NewKey();
        one.Cache.Store(key, Answer());
        await SettledAsync(one, key);

        (await AskAsync(one, db => db.KeyTimeToLiveAsync(Name(one, key)))).ShouldNotBeNull().ShouldBeLessThanOrEqualTo(TimeSpan.FromHours(1) + TimeSpan.FromSeconds(1));
    }

    private static RedisKey Name(Instance instance, CacheKey key) => instance.Redis.Connection.Key($"answer:{key}");

    private static async Task<T> AskAsync<T>(Instance instance, Func<IDatabase, Task<T>> ask) => (await instance.Redis.Connection.AskAsync(ask)).Value;

    /// <summary>Nobody waits for a store to be shared; commands of one connection are answered in their order.</summary>
    private static async Task SettledAsync(Instance instance, CacheKey key)
    {
        while (!await AskAsync(instance, db => db.KeyExistsAsync(Name(instance, key)))) TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
    }
}

public sealed class GarnetHomeTests : SharedHomesTests, IDisposable
{
    private GarnetServer? _server;

    public void Dispose() => _server?.Dispose();

    protected override Task<RedisOptions> StartAsync() => Task.FromResult((_server = GarnetServer.Start()).Options);
}

public sealed class RedisHomeTests : SharedHomesTests, IAsyncDisposable
{
    private RedisServer? _server;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    protected override async Task<RedisOptions> StartAsync() => (_server = await RedisServer.StartAsync()).Options;
}

public sealed class ClusterHomeTests : SharedHomesTests, IAsyncDisposable
{
    private RedisServer? _server;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    protected override async Task<RedisOptions> StartAsync() => (_server = await RedisServer.StartClusterAsync()).Options;
}
