using System.Text.Json;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Metering.Sums;
using LlmConsole.Core.Storage;
using LlmConsole.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Metering;

/// <summary>Old calls and audit entries are deleted, and no sum changes by it.</summary>
public sealed class RetentionTests(SharedPostgres postgres) : IClassFixture<SharedPostgres>
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(RecordRetention.FewestDays);

    /// <summary>The last moment of a month of 31 days, where midnight is within an hour of UTC.</summary>
    private static readonly DateTimeOffset Now = new(2026, 5, 31, 23, 59, 0, TimeSpan.FromHours(5.5));
    private static readonly Quota[] Quotas = [.. from unit in Enum.GetValues<QuotaUnit>() from period in Enum.GetValues<QuotaPeriod>() select new Quota { Unit = unit, Period = period, Limit = 1, TimeZone = "Asia/Kolkata" }];

    private readonly FakeTimeProvider _time = new(Now);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Records_OlderThanKept_GoAndEveryBudgetAndEverySumStays(bool onPostgres)
    {
        await using var database = await BooksDatabase.CreateAsync(onPostgres ? postgres : null);
        await using (var writer = new UsageWriter(database.Connections))
            await writer.WriteAsync([.. Enumerable.Range(0, 400).Select(i => BooksDatabase.Record($"req_{i}", Now.AddHours(-4 * i).AddMinutes(i % 60)) with { Cost = new Usd(i) })], Cancellation);
        var history = new MetricHistory(database.Contexts, new BookSums(database.Connections, TimeProvider.System));
        var (spent, sums, rollups) = (await SpentAsync(database), await SumsAsync(history), await database.RollupsAsync());

        await Worker(database, RecordRetention.For(Kept)).RunOnceAsync(Cancellation);

        var left = await database.RecordsAsync();
        left.Count.ShouldBeInRange(1, 399);
        left.ShouldAllBe(record => record.StartedAt >= Now - Kept);
        (await SpentAsync(database)).ShouldBe(spent);
        (await SumsAsync(history)).ShouldBe(sums);
        (await database.RollupsAsync()).Sum(rollup => rollup.Calls).ShouldBe(rollups.Sum(rollup => rollup.Calls));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Records_OfTwoInstances_AreDeletedByOneInEachPeriod(bool onPostgres)
    {
        await using var database = await BooksDatabase.CreateAsync(onPostgres ? postgres : null);
        var rounds = 0;
        var counted = new Retention("counted", Kept, (_, before, _, _) => Task.FromResult(before == _time.GetUtcNow() - Kept ? Interlocked.Increment(ref rounds) * 0 : throw new InvalidOperationException()));
        var (one, other) = (Worker(database, counted), Worker(database, counted));

        await Task.WhenAll(one.RunOnceAsync(Cancellation), other.RunOnceAsync(Cancellation));
        rounds.ShouldBe(1);
        _time.Advance(RetentionWorker.Period);
        await other.RunOnceAsync(Cancellation);
        rounds.ShouldBe(2);
    }

    /// <summary>A journal may lie for long: on an instance that was switched off, or in a backup. Deleted calls in it must not count again, and others must not be missed.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Journal_ThatLayForLongerThanCallsAreKept_CountsNothingTwiceAndMissesNothing(bool onPostgres)
    {
        await using var database = await BooksDatabase.CreateAsync(onPostgres ? postgres : null);
        UsageRecord[] booked = [At("deleted", days: 50), At("at the edge", days: 39), At("kept", days: 38), At("young", days: 2)];
        UsageRecord[] lost = [At("at the edge too", days: 39), At("missing", days: 38.5), At("young and missing", days: 1)];
        await using (var writer = new UsageWriter(database.Connections)) await writer.WriteAsync(booked, Cancellation);
        var directory = Path.Combine(database.Options.DataDirectory, "journal");
        using (var journal = Journals.In(directory)) journal.TryAppend([.. booked, .. lost]).ShouldBeTrue();
        await Worker(database, RecordRetention.For(TimeSpan.FromDays(40))).RunOnceAsync(Cancellation);

        await using (await RunningLedger.StartAsync(database, time: _time)) Directory.EnumerateFiles(directory, "usage-*").ShouldBeEmpty();

        (await database.RecordsAsync()).Select(record => record.RequestId).ShouldBe(["at the edge", "kept", "young", "missing", "young and missing"], ignoreOrder: true);
        (await database.RollupsAsync()).Sum(rollup => rollup.Calls).ShouldBe(booked.Length + 2);
        var aside = await File.ReadAllLinesAsync(Path.Combine(directory, "rejected.jsonl"), Cancellation);
        aside.Select(line => JsonElement.Parse(line).GetProperty("RequestId").GetString()).ShouldBe(["deleted", "at the edge too"]);

        static UsageRecord At(string id, double days) => BooksDatabase.Record(id, Now.AddDays(-days));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AuditEntries_OlderThanKept_GoAFewAtATime(bool onPostgres)
    {
        await using var database = await BooksDatabase.CreateAsync(onPostgres ? postgres : null);
        await using var db = await database.Contexts.CreateDbContextAsync(Cancellation);
        var (old, oldest) = (RetentionWorker.Chunk + 1, TimeProvider.System.GetUtcNow() - Kept);
        for (var i = 0; i < old + 2; i++) db.Add(Entry($"aud_{i:D5}", i < old ? oldest.AddSeconds(i - old) : oldest.AddHours(1)));
        await db.SaveChangesAsync(Cancellation);
        var (chunks, whole) = (new List<int>(), AuditRetention.For(Kept));
        var watched = whole with
        {
            DeleteAsync = async (context, before, most, cancellation) =>
            {
                chunks.Add(await whole.DeleteAsync(context, before, most, cancellation));
                return chunks[^1];
            },
        };

        // Between two chunks there is a pause, by the real clock.
        await Worker(database, watched, TimeProvider.System).RunOnceAsync(Cancellation);

        chunks.ShouldBe([RetentionWorker.Chunk, 1]);
        (await db.Set<AuditEntry>().AsNoTracking().Select(entry => entry.Id).Order().ToListAsync(Cancellation)).ShouldBe([$"aud_{old:D5}", $"aud_{old + 1:D5}"]);
    }

    private static AuditEntry Entry(string id, DateTimeOffset at) =>
        new() { Id = id, At = at, ActorKind = "system", ActorId = "system", ActorName = "LlmConsole", Action = "update", ObjectKind = "tier", ObjectId = "tier_a", ObjectName = "Default" };

    private RetentionWorker Worker(BooksDatabase database, Retention retention, TimeProvider? time = null) =>
        new([retention], new DutyRoster(database.Connections, time ?? _time), database.Contexts, time ?? _time, NullLogger<RetentionWorker>.Instance);

    /// <summary>What each budget reads from the books when an instance starts.</summary>
    private static async Task<List<long>> SpentAsync(BooksDatabase database)
    {
        var spends = new SpendQueries(database.Connections);
        var spent = new List<long>();
        foreach (var quota in Quotas) spent.Add(await spends.SpentAsync(new SpendScope("ten_a") { KeyId = "key_a" }, quota.Unit, QuotaCalendar.PeriodOf(quota, Now).Start, null, [], Cancellation));
        return spent;
    }

    /// <summary>What the overview shows, whole days from memory.</summary>
    private static async Task<List<long>> SumsAsync(MetricHistory history) =>
        [.. (await history.PointsAsync(Now.AddDays(-60), Now.AddHours(1), TimeSpan.FromHours(1), Cancellation)).SelectMany(point => new[] { point.At.ToUnixTimeSeconds(), point.Sums.Calls, point.Sums.CostNanos })];
}
