using System.Security.Cryptography;
using LlmConsole.Core.Caching;
using LlmConsole.Core.Caching.Semantic;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Redis;
using LlmConsole.Core.Wire;
using LlmConsole.Tests.Caching.Pairs;
using LlmConsole.Tests.Redis;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace LlmConsole.Tests.Caching;

/// <summary>What every home of messages does: memory, vector sets in Garnet in this process, and a redis-server that has none.</summary>
public abstract class SemanticHomesTests
{
    private static readonly byte[] Secret = RandomNumberGenerator.GetBytes(32);
    private static readonly LexicalEmbedder Embedder = new();
    private static readonly SemanticCachePolicy Policy = new() { Enabled = true };

    private protected const string Question = "How do I sort a list in Python?";
    private protected const string Rephrased = "In Python, how can I sort a list?";

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected abstract Task<RedisOptions> StartAsync();

    [Fact]
    public async Task Find_WordedAlike_IsGivenItsAnswer()
    {
        await using var home = await Instance.StartAsync(await StartAsync());
        var (rest, answer) = (NewKey(), await home.KeepAsync(NewKey(), Question));
        var near = await home.KeepAsync(rest, Question);

        var match = (await home.FindAsync(rest, Rephrased)).ShouldNotBeNull();
        (match.Message.Answer, match.Veto, match.Answer!.RequestId).ShouldBe((near, null, Instance.RequestOf(near)));
        match.Similarity.ShouldBeInRange(0.8, 1);
        match.Message.Answer.ShouldNotBe(answer, "the rest of that request was another");
        (await home.FindAsync(NewKey(), Rephrased)).ShouldBeNull();
    }

    [Fact]
    public async Task Find_HeldBackByAGuard_SaysByWhich()
    {
        await using var home = await Instance.StartAsync(await StartAsync());
        var rest = NewKey();
        await home.KeepAsync(rest, Question);

        var match = (await home.FindAsync(rest, "How do I not sort a list in Python?")).ShouldNotBeNull();
        (match.Veto, match.Answer).ShouldBe(("negation", null));
    }

    [Fact]
    public async Task Find_WhatWasEvicted_IsNotGiven()
    {
        await using var home = await Instance.StartAsync(await StartAsync());
        var rest = NewKey();
        var answer = await home.KeepAsync(rest, Question);

        (await home.Kept.EvictAsync(Instance.RequestOf(answer))).ShouldBeTrue();

        (await home.FindAsync(rest, Rephrased)).ShouldBeNull();
    }

    /// <summary>All messages of the labelled set lie in one part, so that each is looked for among all. Where messages are shared, by an instance that remembers nothing.</summary>
    [Fact]
    public async Task Find_TheLabelledSet_HasNoWrongHit()
    {
        await using var home = await Instance.StartAsync(await StartAsync());
        var rest = NewKey();
        foreach (var message in LabelledPair.All.Select(pair => pair.One).Distinct()) await home.KeepAsync(rest, message);

        var hits = new Dictionary<LabelledPair, string>();
        foreach (var pair in LabelledPair.All)
        {
            if (home.Shares) home.Forget();
            if (await home.FindAsync(rest, pair.Other) is { Answer: not null } match) hits.Add(pair, match.Message.Text);
        }

        // What is a near-miss of one message may be the rephrasing of another.
        hits.Where(hit => !hit.Key.ShouldHit && hit.Value == hit.Key.One).ShouldBeEmpty();
        LabelledPair.All.Where(pair => pair.Hits(SemanticCachePolicy.DefaultThreshold)).Except(hits.Keys).ShouldBeEmpty();
    }

    private protected static CacheKey NewKey() => CacheKey.From(RandomNumberGenerator.GetBytes(CacheKey.Length));

    /// <summary>One instance of the gateway, as far as messages go.</summary>
    private protected sealed class Instance : IAsyncDisposable
    {
        private readonly RedisAnswers _answers;
        private readonly AnswerCache _cache;
        private readonly CachingOptions _options;
        private MessageIndex _index;

        private Instance(RunningRedis redis, RedisAnswers answers, int most)
        {
            (Redis, _answers) = (redis, answers);
            _options = new CachingOptions { SemanticEntries = most };
            _cache = new AnswerCache(_options, answers, TimeProvider.System);
            _index = new MessageIndex(most);
            Shared = new RedisMessages(redis.Connection, answers, most, TimeProvider.System, NullLogger<RedisMessages>.Instance);
        }

        internal RunningRedis Redis { get; }

        internal RedisMessages Shared { get; }

        /// <summary>Whether another instance, or this one after it forgot, finds what was kept.</summary>
        public bool Shares { get; private set; }

        internal KeptAnswers Kept => new(_cache, _index, Shared, null!, _options);

        public int MessagesInMemory => _index.Count;

        public static async Task<Instance> StartAsync(RedisOptions options, int most = 1_000, byte[]? secret = null)
        {
            var redis = await RunningRedis.StartAsync(options, untilThere: options.ConnectionString is not null);
            var answers = new RedisAnswers(redis.Connection, _ => Task.FromResult(secret ?? Secret), NullLogger<RedisAnswers>.Instance);
            await answers.StartAsync(Cancel);
            if (options.ConnectionString is not null) await answers.Ready.WaitAsync(Cancel);
            var instance = new Instance(redis, answers, most);
            instance.Shares = await instance.Shared.HomeAsync() == VectorHome.Redis;
            return instance;
        }

        /// <summary>Keeps an answer to the message, and waits until it is shared.</summary>
        public async Task<CacheKey> KeepAsync(CacheKey rest, string text)
        {
            var (key, now) = (NewKey(), TimeProvider.System.GetUtcNow());
            var answer = new CachedAnswer { RequestId = RequestOf(key), TenantId = "ten_1", Model = "m", Usage = new TokenUsage(1, 0, 1, 0), StoredAt = now, ExpiresAt = now.AddHours(1), Completion = "{}"u8.ToArray() };
            var message = new IndexedMessage(text, key, "ten_1", answer.RequestId, answer.ExpiresAt);
            _cache.Store(key, answer);
            using (var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(5)))
            {
                while (Redis.Connection is { IsConfigured: true, IsDegraded: false } && await _answers.FindAsync(key) is null) await ticks.WaitForNextTickAsync(Cancel);
            }

            _index.Add(rest, Embedder.Id, LexicalEmbedder.Embed(text)!, message);
            await Shared.AddAsync(rest, Embedder.Id, LexicalEmbedder.Embed(text)!, message);
            return key;
        }

        public async Task<SemanticMatch?> FindAsync(CacheKey rest, string text, SemanticCachePolicy? policy = null) =>
            await new SemanticLookup(_index, Shared, _cache, _options, TimeProvider.System, NullLogger<SemanticLookup>.Instance).FindAsync(rest, Embedder, LexicalEmbedder.Embed(text)!, text, policy ?? Policy, Cancel);

        public static string RequestOf(CacheKey answer) => $"req_{answer}"[..40];

        /// <summary>Loses its messages, as a restart does.</summary>
        public void Forget() => _index = new MessageIndex(_options.SemanticEntries);

        public async ValueTask DisposeAsync()
        {
            await _answers.StopAsync(CancellationToken.None);
            _answers.Dispose();
            await Redis.DisposeAsync();
        }
    }
}

public sealed class SemanticMemoryTests : SemanticHomesTests
{
    [Fact]
    public async Task Home_WithoutRedis_IsMemory()
    {
        await using var home = await Instance.StartAsync(await StartAsync());

        (await home.Shared.HomeAsync()).ShouldBe(VectorHome.Memory);
    }

    protected override Task<RedisOptions> StartAsync() => Task.FromResult(RedisOptions.None);
}

/// <summary>Debian's redis-server has no vector sets: answers are shared, messages are found by the instance that keeps them.</summary>
public sealed class SemanticRedisTests : SemanticHomesTests, IAsyncDisposable
{
    private RedisServer? _server;

    [Fact]
    public async Task Home_WithoutVectorSets_SaysSoAndStaysConnected()
    {
        var options = await StartAsync();
        await using var one = await Instance.StartAsync(options);
        await using var other = await Instance.StartAsync(options);
        var rest = NewKey();
        await one.KeepAsync(rest, Question);

        (await one.Shared.HomeAsync(), one.Redis.Connection.IsDegraded).ShouldBe((VectorHome.MemoryBesideRedis, false));
        (await one.FindAsync(rest, Rephrased))?.Answer.ShouldNotBeNull();
        (await other.FindAsync(rest, Rephrased)).ShouldBeNull();
    }

    [Fact]
    public async Task Home_WhileRedisIsAway_SaysSo()
    {
        await using var home = await Instance.StartAsync(await StartAsync());
        await _server!.KillAsync();
        await home.Redis.UntilAsync(degraded: true);

        (await home.Shared.HomeAsync()).ShouldBe(VectorHome.Away);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    protected override async Task<RedisOptions> StartAsync() => (_server = await RedisServer.StartAsync()).Options;
}

/// <summary>Vector sets, which Garnet has as Redis 8 does.</summary>
public sealed class SemanticGarnetTests : SemanticHomesTests, IDisposable
{
    private GarnetServer? _server;

    [Fact]
    public async Task Find_WhatAnotherInstanceKept_IsFoundAndRemembered()
    {
        var options = await StartAsync();
        await using var one = await Instance.StartAsync(options);
        await using var other = await Instance.StartAsync(options);
        var rest = NewKey();
        var kept = await one.KeepAsync(rest, Question);

        var match = (await other.FindAsync(rest, Rephrased)).ShouldNotBeNull();
        var own = (await one.FindAsync(rest, Rephrased)).ShouldNotBeNull();

        (match.Message.Answer, match.Answer is null, match.Similarity).ShouldBe((kept, false, own.Similarity), "the cosine is that of the vectors themselves");
        other.MessagesInMemory.ShouldBe(1);
        (await one.Shared.HomeAsync()).ShouldBe(VectorHome.Redis);
    }

    [Fact]
    public async Task Find_InAnotherPart_FindsNothing()
    {
        await using var home = await Instance.StartAsync(await StartAsync());
        var rest = NewKey();
        await home.KeepAsync(rest, Question);
        home.Forget();

        (await home.FindAsync(NewKey(), Question)).ShouldBeNull();
        (await home.Shared.NearestAsync(rest, "another embedder", LexicalEmbedder.Embed(Question)!, 5)).ShouldBeEmpty();
        (await home.Shared.NearestAsync(rest, "lexical-1", [1, 0, 0], 5)).ShouldBeEmpty("the vectors have another length");
        (await home.FindAsync(rest, Question)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Find_WhatWasTamperedWith_IsNoMessage()
    {
        var options = await StartAsync();
        await using var home = await Instance.StartAsync(options);
        await using var stranger = await Instance.StartAsync(options, secret: RandomNumberGenerator.GetBytes(32));
        var (rest, elsewhere) = (NewKey(), NewKey());
        var theirs = await home.KeepAsync(elsewhere, Question);
        var forged = await stranger.KeepAsync(rest, Question);
        home.Forget();

        (await home.FindAsync(rest, Rephrased)).ShouldBeNull("it was sealed with another secret");

        await home.KeepAsync(rest, "What is the capital of France?");
        home.Forget();
        var set = (await SetsAsync(home)).Where(name => name.Length > 0).ToList();
        foreach (var name in set) await home.Redis.Connection.AskAsync(db => db.VectorSetAddAsync(name, VectorSetAddRequest.Member(theirs.ToString(), LexicalEmbedder.Embed(Question)!)));

        (await home.FindAsync(rest, Rephrased))?.Message.Answer.ShouldNotBe(theirs, "it was sealed for another part");
        (await home.FindAsync(rest, Rephrased))?.Message.Answer.ShouldNotBe(forged);
    }

    [Fact]
    public async Task Add_BeyondTheBound_DropsWhatWasUsedLongestAgo()
    {
        await using var home = await Instance.StartAsync(await StartAsync(), most: 3);
        var rest = NewKey();
        string[] questions = ["How do I sort a list in Python?", "What is the capital of France?", "Who wrote the novel Emma?", "Why is the sky blue?", "Where do penguins live?"];
        foreach (var question in questions) await home.KeepAsync(rest, question);
        home.Forget();

        var found = (await home.Shared.NearestAsync(rest, "lexical-1", LexicalEmbedder.Embed("Where do penguins live?")!, 10)).Select(near => near.Message.Text).ToList();

        found.Count.ShouldBe(3);
        found[0].ShouldBe("Where do penguins live?");
        (await home.Redis.Connection.AskAsync(db => db.SortedSetLengthAsync(home.Redis.Connection.Key("messages-by-use")))).Value.ShouldBe(3);
    }

    public void Dispose() => _server?.Dispose();

    protected override Task<RedisOptions> StartAsync() => Task.FromResult((_server = GarnetServer.Start()).Options);

    /// <summary>The vector sets, by what is known of their use.</summary>
    private static async Task<IReadOnlyList<string>> SetsAsync(Instance home)
    {
        var byUse = await home.Redis.Connection.AskAsync(db => db.SortedSetRangeByRankAsync(home.Redis.Connection.Key("messages-by-use")));
        return [.. byUse.Value.Select(member => home.Redis.Connection.Key($"messages:{member.ToString().Split('/')[0]}").ToString()).Distinct()];
    }
}
