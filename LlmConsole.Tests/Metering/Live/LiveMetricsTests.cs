using LlmConsole.Core;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Metering.Live;
using LlmConsole.Core.Redis;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Metering.Live;

public sealed class LiveMetricsTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(Start);
    private readonly List<LiveUpdate> _updates = [];
    private BooksDatabase _database = null!;
    private RunningLedger _books = null!;
    private LiveMetrics _live = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await BooksDatabase.CreateAsync();
        _books = await RunningLedger.StartAsync(_database);
        _live = new LiveMetrics(_books.Ledger, new RedisConnection(RedisOptions.None, _time, NullLogger<RedisConnection>.Instance), _time);
        _live.Updated += _updates.Add;
        await _live.StartAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _live.StopAsync(CancellationToken.None);
        _live.Dispose();
        await _books.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Record_Ended_StandsInTheSecondOfItsEnd()
    {
        await _books.RecordAsync(Record("a", Start.AddSeconds(-3), 1_500));
        _time.Advance(TimeSpan.FromMilliseconds(250));

        var second = _updates.ShouldHaveSingleItem().Seconds.ShouldHaveSingleItem();
        second.Second.ShouldBe(Start.ToUnixTimeSeconds() - 2);
        (second.Total.Calls, second.Total.CostNanos, second.Models["m"].Calls, second.Tenants["ten_a"].OutputTokens).ShouldBe((1, 1_001, 1, 7));
        second.Total.Duration.Percentile(.5)!.Value.ShouldBe(1_500, 75);
    }

    [Fact]
    public async Task Records_OfSeveralTicks_AddUpAndLeaveEarlierUpdatesAlone()
    {
        await _books.RecordAsync(Record("a", Start, 0));
        _time.Advance(TimeSpan.FromMilliseconds(250));
        await _books.RecordAsync(Record("b", Start, 0));
        _time.Advance(TimeSpan.FromMilliseconds(250));

        _updates.Select(update => update.Seconds.Single().Total.Calls).ShouldBe([1, 2]);
    }

    [Fact]
    public void Silence_ForASecond_IsTold()
    {
        for (var i = 0; i < 8; i++) _time.Advance(TimeSpan.FromMilliseconds(250));

        _updates.Count.ShouldBe(3);
        _updates.SelectMany(update => update.Seconds).ShouldBeEmpty();
    }

    [Fact]
    public async Task Snapshot_AfterFiveMinutes_HasForgotten()
    {
        await _books.RecordAsync(Record("a", Start, 0));
        _time.Advance(TimeSpan.FromMilliseconds(250));
        _live.Snapshot().Seconds.ShouldHaveSingleItem();

        _time.Advance(TimeSpan.FromMinutes(5));

        _live.Snapshot().Seconds.ShouldBeEmpty();
    }

    [Fact]
    public async Task Instances_HeardOf_AreSummedUp()
    {
        await _books.RecordAsync(Record("a", Start, 0));
        _time.Advance(TimeSpan.FromMilliseconds(250));
        var other = new LiveSecond(Start.ToUnixTimeSeconds());
        other.Add(Record("b", Start, 0) with { TenantId = "ten_b" });
        _live.Hear(new LiveMessage("other", IsNew: false, UnderWay: 4, [other]).Write());
        _live.Hear(new LiveMessage("other", IsNew: false, UnderWay: 3, [other]).Write());
        _time.Advance(TimeSpan.FromMilliseconds(250));

        var second = _updates[^1].Seconds.ShouldHaveSingleItem();
        (second.Total.Calls, second.Tenants["ten_a"].Calls, second.Tenants["ten_b"].Calls, _updates[^1].UnderWay).ShouldBe((2, 1, 1, 3));
    }

    [Fact]
    public void Instances_GoneSilent_HaveNothingUnderWay()
    {
        _live.Hear(new LiveMessage("other", IsNew: false, UnderWay: 4, []).Write());
        _live.Snapshot().UnderWay.ShouldBe(4);

        _time.Advance(TimeSpan.FromSeconds(6));

        _live.Snapshot().UnderWay.ShouldBe(0);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("""{"instance":"other","seconds":[{"second":"x"}]}""")]
    public void Message_NotUnderstood_ChangesNothing(string json)
    {
        _live.Hear(System.Text.Encoding.UTF8.GetBytes(json));

        _live.Snapshot().Seconds.ShouldBeEmpty();
    }

    [Fact]
    public void Calls_UnderWay_AreCounted()
    {
        using (_books.Ledger.Begin())
        using (_books.Ledger.Begin())
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            _live.Snapshot().UnderWay.ShouldBe(2);
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        _live.Snapshot().UnderWay.ShouldBe(0);
    }

    [Fact]
    public void Names_WithoutEnd_AreBounded()
    {
        var second = new LiveSecond(1);

        for (var i = 0; i < 1_000; i++) second.Add(Record($"{i}", Start, 0) with { ModelServed = $"m{i}" });

        second.Models.Count.ShouldBeLessThanOrEqualTo(41);
        second.Models.Values.Sum(sums => sums.Calls).ShouldBe(1_000);
    }

    private static UsageRecord Record(string id, DateTimeOffset at, double milliseconds) => BooksDatabase.Record(id, at) with { DurationMs = milliseconds, Cost = new Usd(1_001) };
}
