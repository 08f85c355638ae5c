using FsCheck.Fluent;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Metering.Live;
using LlmConsole.Core.Metering.Sums;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Metering;

public sealed class MetricHistoryTests(SharedPostgres postgres) : IClassFixture<SharedPostgres>
{
    private static readonly DateTimeOffset From = UsageRecords.Noon.AddHours(-6);
    private static readonly DateTimeOffset To = UsageRecords.Noon.AddHours(6);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Hours come from the roll-ups, minutes from the records: both must say what the records say, percentiles included.</summary>
    [Theory]
    [InlineData(false, 60)]
    [InlineData(false, 1)]
    [InlineData(true, 60)]
    [InlineData(true, 1)]
    public async Task Points_OfAnyRecords_AreTheirSums(bool onPostgres, int minutes)
    {
        await using var database = await BooksDatabase.CreateAsync(onPostgres ? postgres : null);
        await using var writer = new UsageWriter(database.Connections);
        foreach (var batch in UsageRecords.Any.Some(10, 240).Chunk(60)) await writer.WriteAsync(batch, Cancellation);
        var records = await database.RecordsAsync();
        var (history, step) = (new MetricHistory(database.Contexts, new BookSums(database.Connections, TimeProvider.System)), TimeSpan.FromMinutes(minutes));

        var points = await history.PointsAsync(From, To, step, Cancellation);
        var tenants = await history.GroupsAsync(From, To, step, UsageDimension.Tenant, Cancellation);
        var models = await history.GroupsAsync(From, To, step, UsageDimension.Model, Cancellation);

        Compare(points.ToDictionary(point => point.At, point => point.Sums), records, record => DateTimeOffset.FromUnixTimeMilliseconds(record.StartedAt.ToUnixTimeMilliseconds() / (minutes * 60_000L) * (minutes * 60_000L)));
        Compare(tenants, records, record => record.TenantId);
        Compare(models, records, record => record.ModelSummed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ends_OfAnyRecords_AreTheirSumsByTheSecondOfTheEnd(bool onPostgres)
    {
        await using var database = await BooksDatabase.CreateAsync(onPostgres ? postgres : null);
        await using var writer = new UsageWriter(database.Connections);
        foreach (var batch in UsageRecords.Any.Some(10, 60).Chunk(60)) await writer.WriteAsync(batch, Cancellation);
        var records = await database.RecordsAsync();

        var ends = await new MetricHistory(database.Contexts, new BookSums(database.Connections, TimeProvider.System)).EndsAsync(From, To, Cancellation);

        ends.Select(end => end.At).ShouldBeInOrder();
        Compare(ends.ToDictionary(end => end.At, end => end.Sums), records, record => DateTimeOffset.FromUnixTimeSeconds((long)Math.Floor((record.StartedAt.ToUnixTimeMilliseconds() + record.DurationMs) / 1_000)));
    }

    /// <summary>Days that are over are kept in memory, and hours of those that the stretch cuts and of the day under way: what comes late into one of them must be seen all the same.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Points_OfWholeDays_FollowWhatIsWrittenLate(bool onPostgres)
    {
        await using var database = await BooksDatabase.CreateAsync(onPostgres ? postgres : null);
        await using var writer = new UsageWriter(database.Connections);
        using var sums = new BookSums(database.Connections, new FakeTimeProvider(UsageRecords.Noon.AddHours(2)));
        var history = new MetricHistory(database.Contexts, sums);
        var (from, to) = (From.AddDays(-4), To.AddDays(1));
        foreach (var batch in UsageRecords.Any.Some(10, 180).Select((record, i) => record with { StartedAt = record.StartedAt.AddDays(-(i % 5)) }).Chunk(60))
        {
            await writer.WriteAsync(batch, Cancellation);
            var records = (await database.RecordsAsync()).Where(record => record.StartedAt >= from && record.StartedAt < to).ToList();

            var points = await history.PointsAsync(from, to, TimeSpan.FromHours(6), Cancellation);

            Compare(points.ToDictionary(point => point.At, point => point.Sums), records, record => DateTimeOffset.FromUnixTimeMilliseconds(record.StartedAt.ToUnixTimeMilliseconds() / (6 * 3_600_000L) * (6 * 3_600_000L)));
            Compare(await history.GroupsAsync(from, to, TimeSpan.FromHours(6), UsageDimension.Tenant, Cancellation), records, record => record.TenantId);
            Compare(await history.GroupsAsync(from, to, TimeSpan.FromHours(6), UsageDimension.Model, Cancellation), records, record => record.ModelSummed);
        }
    }

    private static void Compare<TKey>(IReadOnlyDictionary<TKey, CallSums> actual, IReadOnlyList<UsageRecord> records, Func<UsageRecord, TKey> key) where TKey : notnull
    {
        var expected = records.GroupBy(key).ToDictionary(group => group.Key, group => group.ToList());
        actual.Keys.ShouldBe(expected.Keys, ignoreOrder: true);
        foreach (var (name, calls) in expected)
        {
            var sums = new CallSums();
            foreach (var call in calls) sums.Add(call);
            Figures(actual[name]).ShouldBe(Figures(sums), $"{name}");
            actual[name].Duration.Buckets.ShouldBe(sums.Duration.Buckets);
            actual[name].FirstToken.Buckets.ShouldBe(sums.FirstToken.Buckets);
        }
    }

    private static long[] Figures(CallSums sums) => [sums.Calls, sums.Errors, sums.Refused, sums.InputTokens, sums.OutputTokens, sums.CostNanos, sums.SavedCostNanos, sums.SavedTokens, sums.EmbeddingCostNanos, sums.CacheLookups, sums.CacheHits];
}
