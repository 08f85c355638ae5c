using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;
using LlmConsole.Core.Wire;
using LlmConsole.Tests.Support;
using StackExchange.Redis;

namespace LlmConsole.Tests.Limits;

/// <summary>Several instances on one Redis, and a Redis that forgets, hides and comes back.</summary>
public sealed class SharedLimitsTests : IAsyncLifetime
{
    private RedisServer _server = null!;
    private LimiterWorld _world = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await RedisServer.StartAsync();
        _world = new LimiterWorld();
        await _world.AddInstanceAsync(_server.Options);
        await _world.AddInstanceAsync(_server.Options);
    }

    public async ValueTask DisposeAsync()
    {
        if (_world is not null) await _world.DisposeAsync();
        if (_server is not null) await _server.DisposeAsync();
    }

    [Fact]
    public async Task Admit_OnTwoInstances_CountsTogether()
    {
        var plan = Plans.Of(new LimitSet { RequestsPerMinute = 3, Concurrency = 3 });
        await _world.AdmitAsync(plan, instance: 0);
        await _world.AdmitAsync(plan, instance: 1);

        (await _world.AdmitAsync(plan, instance: 0)).Report.Requests!.Value.Remaining.ShouldBe(0);

        (await RefusedAsync(plan, instance: 1)).Error.ShouldBe(ErrorCode.RateLimitExceeded);
        await _world.AdvanceAsync(TimeSpan.FromSeconds(61));
        (await RefusedAsync(plan, instance: 1)).Message.ShouldContain("3 calls under way at once");
    }

    [Fact]
    public async Task Admit_BesideAnInstanceOfAVersionThatKeepsNoSums_CountsItsCallsInTheSameSecond()
    {
        var plan = Plans.Of(new LimitSet { RequestsPerMinute = 5 });
        await _world.AdmitAsync(plan);
        await _world.AdmitAsync(plan);

        await _world.Connection(0).AskAsync(async redis =>
        {
            await redis.HashIncrementAsync(_world.Connection(0).Key("limits:{ten}:tenant"), $"r{_world.Time.GetUtcNow().ToUnixTimeSeconds()}", 3);
            return await redis.HashIncrementAsync(_world.Connection(0).Key("limits:{ten}"), "seq", 3);
        });

        (await RefusedAsync(plan)).Error.ShouldBe(ErrorCode.RateLimitExceeded);
    }

    /// <summary>To look is no call: it makes what is missing, and what was summed up in that second still holds.</summary>
    [Fact]
    public async Task Admit_WithABudgetThatAnInstanceOfAVersionThatKeepsNoSumsMadeInTheSameSecond_KnowsWhatWasSpent()
    {
        var quota = Plans.Daily(QuotaUnit.Requests, 3);
        await _world.AdmitAsync(Plans.Of(new LimitSet { RequestsPerMinute = 5 }));
        var (connection, name) = (_world.Connection(0), BudgetKey.Of(quota).Name);
        var (start, end) = QuotaCalendar.PeriodOf(quota, _world.Time.GetUtcNow());
        await connection.AskAsync(async redis =>
        {
            var gen = await redis.HashGetAsync(connection.Key("limits:{ten}"), "gen");
            HashEntry[] fields = [new($"{name}|start", start.ToUnixTimeMilliseconds()), new($"{name}|end", end!.Value.ToUnixTimeMilliseconds()), new($"{name}|spent", 3), new($"{name}|reserved", 0), new($"{name}|gen", gen)];
            await redis.HashSetAsync(connection.Key("limits:{ten}:tenant"), fields);
            return true;
        });

        (await RefusedAsync(Plans.Of(new LimitSet { RequestsPerMinute = 5 }, [quota]))).Error.ShouldBe(ErrorCode.InsufficientQuota);
    }

    [Fact]
    public async Task Admit_AThousandAtOnceOnTwoInstances_NeverOverspends()
    {
        var plan = Plans.Of(default, [Plans.Daily(QuotaUnit.Tokens, 1_000)]);
        long spent = 0;

        await Parallel.ForAsync(0, 1_000, TestContext.Current.CancellationToken, async (i, _) =>
        {
            try
            {
                var admission = await _world.AdmitAsync(plan, prompt: 50, output: 50, instance: i % 2);
                Interlocked.Add(ref spent, 60);
                await EndAsync(admission, 60);
            }
            catch (RefusalException refusal)
            {
                refusal.Error.ShouldBe(ErrorCode.InsufficientQuota);
            }
        });

        spent.ShouldBeInRange(1_000 - 100 - 60, 1_000);
        foreach (var instance in (int[])[0, 1]) (await StandingAsync(plan, instance)).ShouldBe((spent, 0));
    }

    /// <summary>While both of them work, and one has a call under way on another instance.</summary>
    [Fact]
    public async Task Admit_ByAKeyAndItsSuccessor_NeverOverspendsWhatTheKeyHas()
    {
        var (old, fresh) = (Of("key"), Of("key.2"));
        await EndAsync(await _world.AdmitAsync(old, prompt: 50, output: 50, instance: 0), 60);
        var underWay = await _world.AdmitAsync(old, prompt: 10, output: 10, instance: 0);

        (await RefusedAsync(fresh, instance: 1)).Error.ShouldBe(ErrorCode.InsufficientQuota);
        await EndAsync(underWay, 10);
        await EndAsync(await _world.AdmitAsync(fresh, prompt: 10, output: 20, instance: 1), 30);

        foreach (var (plan, instance) in new[] { (old, 0), (old, 1), (fresh, 0), (fresh, 1) }) (await StandingAsync(plan, instance)).ShouldBe((100, 0));
        (await RefusedAsync(old, instance: 1)).Error.ShouldBe(ErrorCode.InsufficientQuota);

        static LimitPlan Of(string keyId) => Plans.Of(default, key: default(LimitSet), keyQuotas: [Plans.Daily(QuotaUnit.Tokens, 100)], keyId: keyId);
    }

    /// <summary>An answer from the cache, and one of a model without a price: Redis goes on counting.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Settle_ACallThatReservedNothing_IsCountedInRedis(bool isCancelled)
    {
        var plan = Plans.Of(new LimitSet { TokensPerMinute = 1_000, Concurrency = 1 }, [Plans.Daily(QuotaUnit.Requests, 100), Plans.Daily(QuotaUnit.Tokens, 1_000), Plans.Daily(QuotaUnit.Usd, 1_000)]);

        for (var i = 1; i <= 3; i++)
        {
            var admission = await _world[0].AdmitAsync(plan, Demand.Free, $"req_free_{i}", TestContext.Current.CancellationToken);
            admission.Shared.ShouldNotBeNull();
            await (isCancelled ? admission.CancelAsync() : admission.SettleAsync(new Consumption(1, 0, Usd.Zero)));
        }

        (await StandingAsync(plan, instance: 0)).ShouldBe((isCancelled ? 0 : 3, 0));
        _world.Connection(0).IsDegraded.ShouldBeFalse();
    }

    [Fact]
    public async Task Admit_MoreThanCanBeCountedOnASoftBudget_IsAdmittedAndGivenBack()
    {
        var plan = Plans.Of(new LimitSet { Concurrency = 2 }, [Plans.Daily(QuotaUnit.Usd, 1_000) with { Hard = false }]);
        var dear = new Demand { PromptTokens = 10, OutputAsked = int.MaxValue, Choices = 128, InputPerMillion = Usd.FromDollars(1), OutputPerMillion = Usd.FromDollars(1_000_000) };

        Admission[] both = [await AdmitAsync("req_a"), await AdmitAsync("req_b")];
        both.ShouldAllBe(admission => admission.Shared != null);
        foreach (var admission in both) await admission.SettleAsync(new Consumption(1, 10, new Usd(7)));

        (await StandingAsync(plan, instance: 0)).ShouldBe((14, 0));
        (await AdmitAsync("req_c")).Shared.ShouldNotBeNull();
        (await AdmitAsync("req_d")).Shared.ShouldNotBeNull();

        ValueTask<Admission> AdmitAsync(string id) => _world[0].AdmitAsync(plan, dear, id, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Kill_WithOpenReservations_LeavesWhatTheBooksSay()
    {
        var plan = Plans.Of(new LimitSet { Concurrency = 2 }, [Plans.Daily(QuotaUnit.Tokens, 1_000)]);
        await _world.AdmitAsync(plan, prompt: 100, output: 200, id: "req_recorded");
        await _world.AdmitAsync(plan, prompt: 100, output: 200, id: "req_lost");
        _world.Books.Record("req_recorded", _world.Time.GetUtcNow(), new Consumption(1, 120, Usd.Zero));
        (await StandingAsync(plan, instance: 1)).ShouldBe((0, 600));

        // Nobody renews what the killed instance held.
        _world.Time.Advance(TimeSpan.FromSeconds(60));

        (await StandingAsync(plan, instance: 1)).ShouldBe((120, 0));
        await _world.AdmitAsync(plan, output: 20, instance: 1);
        await _world.AdmitAsync(plan, output: 20, instance: 1);
    }

    [Fact]
    public async Task Settle_AfterTheLeaseWasLost_CountsTheCallOnce()
    {
        var plan = Plans.Of(default, [Plans.Daily(QuotaUnit.Tokens, 1_000)]);
        var late = await _world.AdmitAsync(plan, prompt: 100, output: 200, id: "req_late");
        _world.Time.Advance(TimeSpan.FromSeconds(60));
        (await StandingAsync(plan, instance: 1)).ShouldBe((0, 0));

        _world.Books.Record("req_late", late.At, new Consumption(1, 150, Usd.Zero));
        await late.SettleAsync(new Consumption(1, 150, Usd.Zero));

        (await StandingAsync(plan, instance: 1)).ShouldBe((150, 0));
    }

    [Fact]
    public async Task Flush_ForgetsNothing()
    {
        var plan = Plans.Of(new LimitSet { RequestsPerMinute = 10, Concurrency = 3 }, [Plans.Daily(QuotaUnit.Tokens, 1_000)]);
        await EndAsync(await _world.AdmitAsync(plan, prompt: 10, output: 90, id: "req_ended"), 70);
        var running = await _world.AdmitAsync(plan, prompt: 10, output: 90, id: "req_running");
        await _world.AdmitAsync(plan, prompt: 10, output: 40, instance: 1, id: "req_other");

        await _world.FlushAsync();
        await _world.AdvanceAsync(TimeSpan.FromSeconds(1));

        (await StandingAsync(plan, instance: 0)).ShouldBe((70, 150));
        (await _world.AdmitAsync(plan, prompt: 10, output: 10)).Report.Requests!.Value.Remaining.ShouldBe(6);
        (await RefusedAsync(plan, instance: 1)).Message.ShouldContain("3 calls under way at once");
        await EndAsync(running, 60);
        (await StandingAsync(plan, instance: 1)).ShouldBe((130, 70));
    }

    [Fact]
    public async Task Gone_EachInstanceGivesItsShare_AndItCountsWhenRedisIsBack()
    {
        var plan = Plans.Of(new LimitSet { RequestsPerMinute = 10 }, [Plans.Daily(QuotaUnit.Tokens, 1_000)]);
        await EndAsync(await _world.AdmitAsync(plan, prompt: 10, output: 190, instance: 0, id: "req_before"), 200);
        await GoneAsync();

        // 800 are left, 400 for this one of two; and 5 of 10 requests, one of which it has had.
        var alone = await _world.AdmitAsync(plan, prompt: 100, output: 5_000, instance: 1, id: "req_alone");
        alone.OutputCap.ShouldBe(300);
        (await RefusedAsync(plan, instance: 1)).Message.ShouldContain("one of 2");
        await EndAsync(alone, 350);
        foreach (var _ in Enumerable.Range(0, 4)) await EndAsync(await _world.AdmitAsync(plan, prompt: 1, output: 1, instance: 0), 2);
        (await RefusedAsync(plan, instance: 0)).Message.ShouldContain("5 requests a minute");
        var running = await _world.AdmitAsync(plan, prompt: 10, output: 20, instance: 1, id: "req_running");
        await BackAsync();

        (await StandingAsync(plan, instance: 0)).Spent.ShouldBe(558);
        (await StandingAsync(plan, instance: 1)).ShouldBe((558, 30));
        (await _world.AdmitAsync(plan, prompt: 1, output: 1, instance: 0)).Report.Requests!.Value.Remaining.ShouldBe(2);
        await EndAsync(running, 25);
        (await StandingAsync(plan, instance: 0)).ShouldBe((583, 2));
    }

    [Fact]
    public async Task Gone_WhileManyCome_EachIsDecidedWithinTheShare()
    {
        var plan = Plans.Of(new LimitSet { RequestsPerMinute = 10 });
        await _server.KillAsync();

        var calls = Enumerable.Range(0, 20).Select(i => _world[0].AdmitAsync(plan, Demand.Free, $"req_{i}", TestContext.Current.CancellationToken).AsTask()).ToArray();
        await Task.WhenAny(Task.WhenAll(calls));

        calls.Count(call => call.IsCompletedSuccessfully && call.Result.Shared is null).ShouldBe(5);
        calls.Count(call => call.Exception?.InnerException is RefusalException { Error: var error } && error == ErrorCode.RateLimitExceeded).ShouldBe(15);
    }

    [Fact]
    public async Task Gone_WithTheBooks_GoesByWhatRedisSaidLast_AndRefusesWhatItNeverHeardOf()
    {
        var known = Plans.Of(default, [Plans.Daily(QuotaUnit.Tokens, 1_000)]);
        await EndAsync(await _world.AdmitAsync(known, prompt: 100, output: 800, id: "req_before"), 700);
        await GoneAsync();
        _world.Books.AreAway = true;

        // 300 of 1,000 are left, 150 for each of two.
        (await _world.AdmitAsync(known, prompt: 50, output: 500)).OutputCap.ShouldBe(100);
        var refusal = await RefusedAsync(Plans.Of(default, [Plans.Daily(QuotaUnit.Usd, 1_000)]));
        (refusal.Error, refusal.RetryAfter).ShouldBe((ErrorCode.Overloaded, TimeSpan.FromSeconds(5)));
        await _world.AdmitAsync(Plans.Of(default, [Plans.Daily(QuotaUnit.Usd, 1_000) with { Hard = false }]));
    }

    [Fact]
    public async Task CaughtUp_TheBooksAreAskedAgain()
    {
        var plan = Plans.Of(default, [Plans.Daily(QuotaUnit.Tokens, 1_000)]);
        await EndAsync(await _world.AdmitAsync(plan), 10);
        _world.Books.Spent = 500;

        _world.Books.CatchUp();

        (await StandingAsync(plan, instance: 0)).ShouldBe((510, 0));
        (await StandingAsync(plan, instance: 1)).ShouldBe((510, 0));
    }

    private async Task EndAsync(Admission admission, long tokens)
    {
        _world.Books.Record(admission.RequestId, admission.At, new Consumption(1, tokens, Usd.Zero));
        await admission.SettleAsync(new Consumption(1, tokens, Usd.Zero));
    }

    private async Task<(long Spent, long Reserved)> StandingAsync(LimitPlan plan, int instance)
    {
        var standing = (await _world.StandingsAsync(plan, instance))[0];
        return (standing.Spent, standing.Reserved);
    }

    private async Task<RefusalException> RefusedAsync(LimitPlan plan, int instance = 0) => await Should.ThrowAsync<RefusalException>(() => _world.AdmitAsync(plan, prompt: 10, output: 20, instance: instance));

    private async Task GoneAsync()
    {
        await _server.KillAsync();
        await _world.UntilAsync(degraded: true);
        _world.IsAlone = true;
    }

    private async Task BackAsync()
    {
        await _server.StartAgainAsync();
        await _world.UntilAsync(degraded: false);
        _world.IsAlone = false;
    }
}
