using System.Threading.Channels;
using LlmConsole.Core.Redis;
using LlmConsole.Tests.Support;
using StackExchange.Redis;

namespace LlmConsole.Tests.Redis;

public sealed class RedisConnectionTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ask_WithoutConfiguration_IsUnanswered_AndNothingIsDegraded()
    {
        await using var redis = await RunningRedis.StartAsync(RedisOptions.None);

        (await redis.Connection.AskAsync(store => store.PingAsync())).HasValue.ShouldBeFalse();
        (redis.Connection.IsConfigured, redis.Connection.IsDegraded, redis.Connection.Status).ShouldBe((false, false, null));
    }

    [Fact]
    public async Task Ask_OfGarnet_IsAnswered_UnderThePrefix()
    {
        using var garnet = GarnetServer.Start();
        await using var redis = await RunningRedis.StartAsync(garnet.Options with { KeyPrefix = "here:" });

        await redis.Connection.AskAsync(store => store.StringSetAsync(redis.Connection.Key("a"), 5));

        ((string?)(await redis.Connection.AskAsync(store => store.StringGetAsync("here:a"))).Value).ShouldBe("5");
        (await redis.Connection.AskAsync(store => store.ScriptEvaluateAsync("return redis.call('GET', KEYS[1]) .. redis.call('TIME')[1]", ["here:a"]))).Value.ToString().ShouldStartWith("5");
    }

    [Fact]
    public async Task Run_AScript_OnEachServerThatDoesNotHaveIt()
    {
        var script = new RedisScript("return redis.call('INCRBY', KEYS[1], ARGV[1])");
        for (var server = 0; server < 2; server++)
        {
            using var garnet = GarnetServer.Start();
            await using var redis = await RunningRedis.StartAsync(garnet.Options);

            for (var run = 1; run <= 2; run++) ((long)(await redis.Connection.AskAsync(store => script.RunAsync(store, ["n"], [2]))).Value).ShouldBe(2 * run);
        }
    }

    [Fact]
    public async Task Publish_ReachesSubscribers()
    {
        using var garnet = GarnetServer.Start();
        await using var one = await RunningRedis.StartAsync(garnet.Options);
        await using var other = await RunningRedis.StartAsync(garnet.Options);
        var heard = Channel.CreateUnbounded<string?>();
        await other.Connection.SubscribeAsync("news", message => heard.Writer.TryWrite(message), Cancellation);

        (await one.Connection.PublishAsync("news", "hello")).Value.ShouldBe(1);

        (await heard.Reader.ReadAsync(Cancellation)).ShouldBe("hello");
    }

    [Fact]
    public async Task Start_WithRedisGone_IsDegraded_AndFindsItWhenItComes_SubscriptionsToo()
    {
        await using var server = await RedisServer.StartAsync();
        await server.KillAsync();
        await using var redis = await RunningRedis.StartAsync(server.Options, untilThere: false);
        redis.Connection.Status!.Reason.ShouldBe("not connected yet");
        var heard = Channel.CreateUnbounded<string?>();
        var subscribed = redis.Connection.SubscribeAsync("news", message => heard.Writer.TryWrite(message), Cancellation);
        subscribed.IsCompleted.ShouldBeFalse();

        await server.StartAgainAsync();

        await redis.UntilAsync(degraded: false);
        await subscribed;
        await redis.Connection.PublishAsync("news", "hello");
        (await heard.Reader.ReadAsync(Cancellation)).ShouldBe("hello");
    }

    [Fact]
    public async Task Ask_OfARedisThatHangs_WaitsOnce_AndComesBackByItself()
    {
        await using var server = await RedisServer.StartAsync();
        await using var redis = await RunningRedis.StartAsync(server.Options with { Timeout = TimeSpan.FromSeconds(1) });
        var before = redis.Connection.Outages;
        await server.HangAsync();

        await redis.UntilAsync(degraded: true);
        var asked = false;
        var answer = await redis.Connection.AskAsync(store =>
        {
            asked = true;
            return store.PingAsync();
        });
        (asked, answer.HasValue).ShouldBe((false, false));
        redis.Connection.Status!.Reason.ShouldBe("it answers too slowly");
        await server.ResumeAsync();

        await redis.UntilAsync(degraded: false);
        redis.Connection.Outages.ShouldBeGreaterThan(before);
    }

    [Fact]
    public async Task Ask_OfARedisThatOnlyReads_OpensTheBreaker_UntilItWrites()
    {
        await using var server = await RedisServer.StartAsync();
        await using var redis = await RunningRedis.StartAsync(server.Options);
        await using var admin = await ConnectionMultiplexer.ConnectAsync(server.ConnectionString + ",allowAdmin=true");
        await admin.GetServers()[0].ExecuteAsync("REPLICAOF", "127.0.0.1", "1");

        await redis.Connection.AskAsync(store => store.StringSetAsync(redis.Connection.Key("a"), 1));
        redis.Connection.IsDegraded.ShouldBeTrue();
        await admin.GetServers()[0].ExecuteAsync("REPLICAOF", "NO", "ONE");

        await redis.UntilAsync(degraded: false);
    }
}
