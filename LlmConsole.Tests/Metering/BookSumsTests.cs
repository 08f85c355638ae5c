using FsCheck.Fluent;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Metering.Sums;
using LlmConsole.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Metering;

/// <summary>Sums are kept, in memory and over a start: they must be those of the records whatever was written since, whenever it was committed.</summary>
public sealed class BookSumsTests(SharedPostgres postgres) : IClassFixture<SharedPostgres>
{
    private static readonly DateTimeOffset From = UsageRecords.Noon.AddDays(-5);
    private static readonly DateTimeOffset To = UsageRecords.Noon.AddDays(1);
    private readonly FakeTimeProvider _time = new(UsageRecords.Noon.AddHours(2));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Time goes on meanwhile, until the days are too old to be kept.</summary>
    [Theory]
    [InlineData(false, BookSums.MostParts)]
    [InlineData(false, 100)]
    [InlineData(false, 0)]
    [InlineData(true, BookSums.MostParts)]
    public async Task Report_ByAnything_FollowsWhatIsWrittenLate(bool onPostgres, int room)
    {
        await using var database = await BooksDatabase.CreateAsync(onPostgres ? postgres : null);
        await using var writer = new UsageWriter(database.Connections);
        using var sums = new BookSums(database.Connections, _time, room);
        foreach (var batch in UsageRecords.Any.Some(10, 180).Select((record, i) => record with { StartedAt = record.StartedAt.AddDays(-(i % 4)) }).Chunk(60))
        {
            await writer.WriteAsync(batch, Cancellation);
            var records = await database.RecordsAsync();
            _time.Advance(TimeSpan.FromDays(30));
            foreach (var by in Enum.GetValues<UsageDimension>())
            {
                (await GroupsAsync(database, sums, by)).ShouldBe(records.GroupBy(record => KeyOf(record, by)).Select(Figures), ignoreOrder: true, $"{by}");
            }
        }
    }

    /// <summary>Days that are over, and an hour of today that somebody looked at. The roll-ups are changed behind the app's back, so that it shows where sums come from.</summary>
    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task Sums_AfterAStart_ComeFromTheFileOfThisDatabase(bool isOther, bool isTakenOver)
    {
        await using var database = await BooksDatabase.CreateAsync();
        await using (var writer = new UsageWriter(database.Connections)) await writer.WriteAsync([BooksDatabase.Record("a", UsageRecords.Noon.AddDays(-2)), BooksDatabase.Record("today", UsageRecords.Noon), BooksDatabase.Record("b", UsageRecords.Noon.AddDays(-1))], Cancellation);
        await LeaveFileAsync(database);
        await ExecuteAsync(database, "UPDATE usage_rollups SET cost_nanos = 1");
        if (isOther) await ExecuteAsync(database, "UPDATE usage_records SET request_id = 'other' WHERE request_id = 'b'");

        using var next = new BookSums(database.Connections, _time);
        await RunOnceAsync(database, next);

        (await CostAsync(database, next)).ShouldBe(isTakenOver ? 3_003 : 3);
    }

    [Theory]
    [InlineData(-24, false)]
    [InlineData(-24, true)]
    [InlineData(0, false)]
    [InlineData(0, true)]
    public async Task Sums_WrittenIntoSinceTheFile_AreReadAgain(int hours, bool isLookedAtBefore)
    {
        await using var database = await BooksDatabase.CreateAsync();
        await using var writer = new UsageWriter(database.Connections);
        await writer.WriteAsync([BooksDatabase.Record("a", UsageRecords.Noon.AddHours(hours))], Cancellation);
        await LeaveFileAsync(database);
        await writer.WriteAsync([BooksDatabase.Record("late", UsageRecords.Noon.AddHours(hours))], Cancellation);

        using var next = new BookSums(database.Connections, _time);
        if (isLookedAtBefore) await CostAsync(database, next);
        await RunOnceAsync(database, next);

        (await CostAsync(database, next)).ShouldBe(2_002);
    }

    /// <summary>It would read again what lies in the file.</summary>
    [Fact]
    public async Task Look_WhileTheFileIsTakenOver_WaitsForIt()
    {
        await using var database = await BooksDatabase.CreateAsync();
        using var sums = new BookSums(database.Connections, _time);
        var takingOver = new TaskCompletionSource();
        sums.WaitFor(takingOver.Task);

        var looks = (Task[])[sums.ReadAsync(0, BookSums.Hour, (_, _, _) => { }, Cancellation), sums.ReadHoursAsync(0, BookSums.Hour, (_, _) => { }, Cancellation)];
        looks.ShouldAllBe(look => !look.IsCompleted);
        takingOver.SetResult();

        await Task.WhenAll(looks);
    }

    [Fact]
    public async Task File_ThatIsDamaged_IsLeftAlone()
    {
        await using var database = await BooksDatabase.CreateAsync();
        await using (var writer = new UsageWriter(database.Connections)) await writer.WriteAsync([.. UsageRecords.Any.Some(10, 60).Select((record, i) => record with { StartedAt = record.StartedAt.AddDays(-(i % 2)) })], Cancellation);
        await LeaveFileAsync(database);
        var path = Path.Combine(database.Options.DataDirectory, "sums");
        var (kept, requestId) = new SumsFile(path).Read().ShouldNotBeNull();
        new SumsFile(path).Write(kept, requestId);
        var read = new SumsFile(path).Read().ShouldNotBeNull().Kept;
        read.Days.Keys.ShouldBe(kept.Days.Keys);
        read.Hours.Keys.ShouldBe(kept.Hours.Keys);
        read.Hours.Values.Sum(hour => hour.Parts).ShouldBe(kept.Hours.Values.Sum(hour => hour.Parts));
        kept.Hours.ShouldNotBeEmpty();
        var bytes = await File.ReadAllBytesAsync(path, Cancellation);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(path, bytes, Cancellation);

        new SumsFile(path).Read().ShouldBeNull();
    }

    [Fact]
    public async Task PastDays_ThatFindNoRoom_AreNotReadAheadAgainToday()
    {
        await using var database = await BooksDatabase.CreateAsync();
        await using (var writer = new UsageWriter(database.Connections)) await writer.WriteAsync([BooksDatabase.Record("a", UsageRecords.Noon.AddDays(-2)), BooksDatabase.Record("b", UsageRecords.Noon.AddDays(-1))], Cancellation);
        using var sums = new BookSums(database.Connections, _time, mostParts: 1);

        (await sums.ReadAheadAsync(Cancellation)).ShouldBeFalse();

        sums.IsFull.ShouldBeTrue();
        (await CostAsync(database, sums)).ShouldBe(2_002);
        _time.Advance(TimeSpan.FromDays(1));
        sums.IsFull.ShouldBeFalse();
    }

    /// <summary>There are three days and two hours of today, each with forty callers. The roll-ups are changed behind the app's back, so that it shows where sums come from: with more room, those of one day's callers.</summary>
    [Theory]
    [InlineData(50, 5)]
    [InlineData(70, 1_005)]
    public async Task Callers_WhoFindNoRoom_GiveWayToTheOthersAndAreReadFromTheBooks(int room, long costOfEach)
    {
        await using var database = await BooksDatabase.CreateAsync();
        var starts = (DateTimeOffset[])[UsageRecords.Noon.AddDays(-3), UsageRecords.Noon.AddDays(-2), UsageRecords.Noon.AddDays(-1), UsageRecords.Noon, UsageRecords.Noon.AddHours(1)];
        await using (var writer = new UsageWriter(database.Connections))
            await writer.WriteAsync([.. starts.SelectMany((start, i) => Enumerable.Range(0, 40).Select(key => BooksDatabase.Record($"{i}_{key}", start) with { KeyId = $"key_{key}" }))], Cancellation);
        using var sums = new BookSums(database.Connections, _time, room);
        while (await sums.ReadAheadAsync(Cancellation))
        {
        }

        await CostAsync(database, sums);
        await RunOnceAsync(database, sums);
        await ExecuteAsync(database, "UPDATE usage_rollups SET cost_nanos = 1");

        sums.IsFull.ShouldBeFalse();
        (await GroupsAsync(database, sums, UsageDimension.Tenant)).ShouldHaveSingleItem().Cost.ShouldBe(200 * 1_001);
        (await GroupsAsync(database, sums, UsageDimension.Key)).ShouldAllBe(group => group.Calls == 5 && group.Cost == costOfEach);
        using var next = new BookSums(database.Connections, _time, room);
        await RunOnceAsync(database, next);
        (await CostAsync(database, next)).ShouldBe(200 * 1_001);
        (await GroupsAsync(database, next, UsageDimension.Key)).ShouldAllBe(group => group.Calls == 5 && group.Cost == costOfEach);
    }

    /// <summary>PostgreSQL numbers a record before it is committed: one with a lower number may come after one with a higher.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Look_WhileARecordIsBeingWritten_IsFollowedByItsSum(bool isSettled)
    {
        await using var database = await BooksDatabase.CreateAsync(postgres);
        await using var slow = new UsageWriter(database.Connections);
        await using var quick = new UsageWriter(database.Connections);
        using var sums = new BookSums(database.Connections, _time);
        await slow.WriteAsync([BooksDatabase.Record("a", UsageRecords.Noon.AddDays(-1))], Cancellation);
        for (var i = 0; isSettled && i < 3; i++) await LookInAMinuteAsync();

        Task writing;
        await using (var holder = await database.Contexts.CreateDbContextAsync(Cancellation))
        {
            await using var transaction = await holder.Database.BeginTransactionAsync(Cancellation);
            await holder.Database.ExecuteSqlAsync($"SELECT 1 FROM usage_rollups FOR UPDATE", Cancellation);
            writing = slow.WriteAsync([BooksDatabase.Record("b", UsageRecords.Noon.AddDays(-1))], Cancellation);
            while (await holder.Database.SqlQuery<int>($"""SELECT CAST(count(*) AS integer) AS "Value" FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'""").SingleAsync(Cancellation) == 0)
            {
            }

            await quick.WriteAsync([BooksDatabase.Record("c", UsageRecords.Noon.AddDays(-2))], Cancellation);
            (await CostAsync(database, sums)).ShouldBe(2_002);
            await transaction.CommitAsync(Cancellation);
        }

        await writing;

        // An instance that has just started sees within a minute what was being written at its first look.
        (isSettled ? await CostAsync(database, sums) : await LookInAMinuteAsync()).ShouldBe(3_003);

        Task<long> LookInAMinuteAsync()
        {
            _time.Advance(TimeSpan.FromSeconds(61));
            return CostAsync(database, sums);
        }
    }

    /// <summary>An earlier process, which somebody looked at.</summary>
    private async Task LeaveFileAsync(BooksDatabase database)
    {
        using var sums = new BookSums(database.Connections, _time);
        await CostAsync(database, sums);
        await RunOnceAsync(database, sums);
    }

    private static async Task RunOnceAsync(BooksDatabase database, BookSums sums)
    {
        using var upkeep = new SumsUpkeep(sums, database.Connections, database.Options, TimeProvider.System, NullLogger<SumsUpkeep>.Instance);
        await upkeep.RunOnceAsync(Cancellation);
    }

    private static async Task ExecuteAsync(BooksDatabase database, string sql)
    {
        await using var db = await database.Contexts.CreateDbContextAsync(Cancellation);
        await db.Database.ExecuteSqlRawAsync(sql, Cancellation);
    }

    private static async Task<long> CostAsync(BooksDatabase database, BookSums sums) => (await GroupsAsync(database, sums, UsageDimension.Day)).Sum(group => group.Cost);

    private static async Task<List<(string Key, long Calls, long Cost, long Output, long Unpriced, long Cached, long Failed)>> GroupsAsync(BooksDatabase database, BookSums sums, UsageDimension by) =>
        [.. (await new UsageBreakdowns(database.Contexts, database.Connections, sums).GroupAsync(From, To, by, new BreakdownFilter(), Cancellation))
            .Select(group => (group.Key, group.Sums.Calls, group.Sums.CostNanos, group.Sums.OutputTokens, group.Sums.Unpriced, group.Sums.CacheHits, group.Sums.Failed))];

    private static (string Key, long Calls, long Cost, long Output, long Unpriced, long Cached, long Failed) Figures(IGrouping<string, UsageRecord> calls) =>
        (calls.Key, calls.LongCount(), calls.Sum(call => call.Cost.Nanos), calls.Sum(call => call.OutputTokens), calls.LongCount(call => call.IsUnpriced),
            calls.LongCount(call => call.Cache is CacheVerdict.Exact or CacheVerdict.Semantic), calls.LongCount(call => call.Outcome == Outcome.Failed));

    private static string KeyOf(UsageRecord record, UsageDimension by) => by switch
    {
        UsageDimension.Tenant => record.TenantId,
        UsageDimension.Key => record.KeyId ?? "",
        UsageDimension.User => record.UserId ?? "",
        UsageDimension.Model => record.ModelSummed,
        UsageDimension.Task => record.Task ?? "",
        _ => record.StartedAt.UtcDateTime.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
    };
}
