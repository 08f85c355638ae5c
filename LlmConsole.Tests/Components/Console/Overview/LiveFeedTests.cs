using LlmConsole.Components.Console.Overview;
using LlmConsole.Core.Metering.Live;
using LlmConsole.Core.Redis;
using LlmConsole.Tests.Metering;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Components.Console.Overview;

/// <summary>Pages that show the last five minutes share one feed, and what was computed of it.</summary>
public sealed class LiveFeedTests
{
    private readonly FakeTimeProvider _time = new(UsageRecords.Noon);

    [Fact]
    public async Task Data_OfTwoPages_IsSummedOnceAndFollowsWhatIsTold()
    {
        await using var database = await BooksDatabase.CreateAsync();
        await using var books = await RunningLedger.StartAsync(database);
        using var live = new LiveMetrics(books.Ledger, new RedisConnection(RedisOptions.None, _time, NullLogger<RedisConnection>.Instance), _time);
        await live.StartAsync(TestContext.Current.CancellationToken);
        var feeds = new LiveFeeds(live);
        var (one, other) = (feeds.Open(), feeds.Open());
        var before = one.Data();
        other.Data().ShouldBeSameAs(before);
        other.Data().Percentiles(Duration, .5).ShouldBeSameAs(before.Percentiles(Duration, .5));

        await books.RecordAsync(BooksDatabase.Record("a", _time.GetUtcNow()));
        for (var i = 0; i < 8; i++) _time.Advance(TimeSpan.FromMilliseconds(250));

        var after = one.Data();
        after.Now.Calls.ShouldBe(1);
        after.Rates(sums => sums.Calls, 60).Sum().ShouldBe(60);
        after.Percentiles(Duration, .5).Count(value => value is not null).ShouldBe(1);
        other.Data().ShouldBeSameAs(after);
        feeds.Close();
        feeds.Open().ShouldBeSameAs(one);
        feeds.Close();
        feeds.Close();
        feeds.Open().ShouldNotBeSameAs(one);
        feeds.Close();
        await live.StopAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The books come behind, and the metrics know nothing of what was before them.</summary>
    [Fact]
    public async Task Fill_OfTheSecondInWhichTheMetricsBegan_NeverLosesACall()
    {
        await using var database = await BooksDatabase.CreateAsync();
        await using var books = await RunningLedger.StartAsync(database);
        using var live = new LiveMetrics(books.Ledger, new RedisConnection(RedisOptions.None, _time, NullLogger<RedisConnection>.Instance), _time);
        await live.StartAsync(TestContext.Current.CancellationToken);
        using var feed = new LiveFeed(live);
        var shown = new List<long>();
        await EndAsync("a", "b");
        _time.Advance(TimeSpan.FromSeconds(2));

        Fill(1);
        Fill(3);
        await EndAsync("c");

        shown.ShouldBe([2, 3]);
        Calls().ShouldBe(3);
        await live.StopAsync(TestContext.Current.CancellationToken);

        async Task EndAsync(params string[] ids)
        {
            await books.RecordAsync([.. ids.Select(id => BooksDatabase.Record(id, UsageRecords.Noon) with { DurationMs = 5 })]);
            live.Tick();
        }

        void Fill(int calls)
        {
            feed.Fill([(live.Since, new CallSums { Calls = calls })]);
            shown.Add(Calls());
        }

        long Calls() => feed.Data().Steps.Sum(step => step?.Calls ?? 0);
    }

    private static LatencyHistogram Duration(CallSums sums) => sums.Duration;
}
