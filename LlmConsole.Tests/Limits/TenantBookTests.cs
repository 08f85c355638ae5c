using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;
using LlmConsole.Core.Redis;
using LlmConsole.Core.Wire;
using LlmConsole.Tests.Redis;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Limits;

/// <summary>What a book of limits keeps in memory, however many keys and users come by.</summary>
public sealed class TenantBookTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly string KeyText = KeyFormat.Generate(ApiKeyKind.Live);
    private static readonly Demand Small = new() { PromptTokens = 1, OutputAsked = 20, Choices = 1, InputPerMillion = Usd.Zero, OutputPerMillion = Usd.Zero };
    private readonly TenantBook _book = new();

    [Fact]
    public async Task Admit_OfEverNewKeys_ForgetsThoseThatAreIdle()
    {
        for (var i = 1; i < ScopeBooks.MostBeforeSweep; i++) await CallAsync($"key_{i}", second: 0);

        await CallAsync("key_late", SlidingWindow.Seconds + 1);

        _book.Scopes.ShouldBe(2);
    }

    [Fact]
    public async Task Admit_WithinAMinute_ForgetsNoKey()
    {
        for (var i = 0; i <= ScopeBooks.MostBeforeSweep; i++) await CallAsync($"key_{i}", second: 0);

        _book.Scopes.ShouldBe(ScopeBooks.MostBeforeSweep + 2);
    }

    [Fact]
    public async Task Admit_WhileACallIsNotSettled_KeepsItsBudget()
    {
        var plan = PlanOf("key_slow", Plans.Daily(QuotaUnit.Requests, 10));
        Know(plan);
        var slow = Admit(plan, 0);
        slow.Release();
        for (var i = 2; i < ScopeBooks.MostBeforeSweep; i++) await CallAsync($"key_{i}", second: 0);
        await CallAsync("key_late", SlidingWindow.Seconds + 1);

        await slow.SettleAsync(new Consumption(1, 0, Usd.Zero));

        _book.Scopes.ShouldBe(3);
        _book.Standings(plan, Now, 0).Single().Spent.ShouldBe(1);
    }

    /// <summary>The key was idle for more than a minute while the books were asked, and so many others called that it was forgotten.</summary>
    [Fact]
    public async Task Admit_WhatTheBooksSaidWasForgotten_AsksThemAgain()
    {
        await using var redis = await RunningRedis.StartAsync(RedisOptions.None);
        var (time, books) = (new FakeTimeProvider(Now), new SlowBooks());
        var limiter = new Limiter(books, new RedisLimits(redis.Connection, books, time), time);
        books.Meanwhile = async () =>
        {
            time.Advance(TimeSpan.FromSeconds(SlidingWindow.Seconds + 2));
            for (var i = 0; i <= ScopeBooks.MostBeforeSweep; i++) await limiter.AdmitAsync(PlanOf($"key_{i}"), Small, $"req_{i}", TestContext.Current.CancellationToken);
        };

        var refusal = await Should.ThrowAsync<RefusalException>(async () => await limiter.AdmitAsync(PlanOf("key_poor", Plans.Daily(QuotaUnit.Tokens, 100)), Small, "req_poor", TestContext.Current.CancellationToken));

        (refusal.Error, books.Asked).ShouldBe((ErrorCode.InsufficientQuota, 2));
    }

    [Fact]
    public async Task Admit_ManyAtOnce_AskTheBooksOnce()
    {
        await using var redis = await RunningRedis.StartAsync(RedisOptions.None);
        var (time, books, gate) = (new FakeTimeProvider(Now), new SlowBooks(), new TaskCompletionSource());
        var limiter = new Limiter(books, new RedisLimits(redis.Connection, books, time), time);
        var plan = PlanOf("key_busy", Plans.Daily(QuotaUnit.Tokens, 10_000));
        books.Meanwhile = () => gate.Task;
        using var left = new CancellationTokenSource();
        var first = limiter.AdmitAsync(plan, Small, "req_first", left.Token).AsTask();
        List<Task<Admission>> others = [.. Enumerable.Range(0, 20).Select(i => limiter.AdmitAsync(plan, Small, $"req_{i}", TestContext.Current.CancellationToken).AsTask())];

        await left.CancelAsync();
        gate.SetResult();

        await Should.ThrowAsync<OperationCanceledException>(first);
        (await Task.WhenAll(others)).Length.ShouldBe(20);
        books.Asked.ShouldBe(1);
    }

    [Fact]
    public async Task Load_CallsSettledBeforeTheBooksWereAsked_CountOnce()
    {
        var plan = PlanOf("key", Plans.Daily(QuotaUnit.Tokens, 1_000));
        Know(plan);
        var (early, late) = (Admit(plan, 0), Admit(plan, 0));
        _book.StandIn();
        await early.SettleAsync(new Consumption(1, 30, Usd.Zero));
        var question = _book.Unknown(plan, Now, 0, out var running)!.Single();
        running.ShouldBe([late.RequestId]);
        await late.SettleAsync(new Consumption(1, 50, Usd.Zero));

        // The books have the first; the second was said to be left out.
        _book.Load(question, 30).ShouldBeTrue();

        _book.Standings(plan, Now, 0).ShouldHaveSingleItem().Spent.ShouldBe(80);
    }

    [Fact]
    public async Task Admit_WorstCasesBeyondWhatCanBeCounted_AreHeldAsFarAsTheyCan()
    {
        var plan = PlanOf("key", Plans.Daily(QuotaUnit.Usd, 1) with { Hard = false });
        Know(plan);
        var demand = Small with { OutputAsked = int.MaxValue, Choices = 128, OutputPerMillion = Usd.FromDollars(1_000_000) };
        List<Admission> calls = [.. Enumerable.Range(0, 100).Select(i => _book.Admit(plan, demand, $"req_{i}", Now, 0)!)];
        _book.Standings(plan, Now, 0)[0].Reserved.ShouldBe(long.MaxValue);

        foreach (var call in calls) await call.SettleAsync(new Consumption(1, 5, new Usd(7)));

        var standing = _book.Standings(plan, Now, 0)[0];
        (standing.Spent, standing.Reserved).ShouldBe((700, 0));
    }

    /// <summary>The books say that nothing was spent.</summary>
    private void Know(LimitPlan plan)
    {
        foreach (var question in _book.Unknown(plan, Now, 0, out _)!) _book.Load(question, 0);
    }

    private async Task CallAsync(string keyId, long second)
    {
        var admission = Admit(PlanOf(keyId), second);
        await admission.SettleAsync(new Consumption(1, 0, Usd.Zero));
    }

    private Admission Admit(LimitPlan plan, long second) =>
        _book.Admit(plan, Small, Guid.NewGuid().ToString(), Now, second)!;

    private static LimitPlan PlanOf(string keyId, params Quota[] quotas) => LimitPlan.For(new Caller
    {
        Snapshot = ConfigurationSnapshot.Empty, Tier = new Tier { Id = "t", Name = "Small" }, Tenant = new Tenant { Id = "ten", Name = "Acme", TierId = "t" },
        Key = IssuedKey.Create(ApiKeyKind.Live, "many", "ten", TimeProvider.System, KeyText).Key with { Id = keyId, Limits = new LimitSet { RequestsPerMinute = 100 }, Quotas = quotas },
    });

    /// <summary>While they are asked for the first time, something happens. They say that 100 was spent.</summary>
    private sealed class SlowBooks : ISpendHistory
    {
        private int _asked;

        public event Action<string>? CaughtUp
        {
            add { }
            remove { }
        }

        public Func<Task>? Meanwhile { get; set; }

        public int Asked => _asked;

        public async ValueTask<long?> SpentAsync(string tenantId, LimitScope scope, QuotaUnit unit, DateTimeOffset from, IReadOnlyCollection<string> except, CancellationToken cancellation)
        {
            if (Interlocked.Increment(ref _asked) == 1 && Meanwhile is { } meanwhile) await meanwhile();
            return 100;
        }
    }
}
