using System.Data.Common;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Storage;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace LlmConsole.Tests.Metering;

public sealed class RollupGroupsTests
{
    private const int Days = 6;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>While somebody reads SQLite can't begin its log anew, and it grows with every call.</summary>
    [Fact]
    public async Task Report_OfManyDays_LetsTheLogBeTakenOverBetweenThem()
    {
        await using var database = await BooksDatabase.CreateAsync();
        await using var writer = new UsageWriter(database.Connections);
        await writer.WriteAsync([.. Enumerable.Range(0, Days).Select(i => BooksDatabase.Record($"r{i}", UsageRecords.Noon.AddDays(-i)))], Cancellation);
        await using var other = await database.Connections.OpenAsync(Cancellation);
        var takenOver = new List<bool>();

        var groups = await RollupGroups.ReadAsync(new Watched(database.Options, Look), 0, long.MaxValue, UsageDimension.Key, new BreakdownFilter(), Cancellation);

        takenOver.ShouldBe(Enumerable.Repeat(true, Days));
        groups.ShouldHaveSingleItem().Value.ToUsage().Calls.ShouldBe(Days);

        // As each day begins to be read.
        void Look(string sql)
        {
            if (!sql.Contains("cost_nanos", StringComparison.Ordinal)) return;
            using var command = other.CreateCommand();
            command.CommandText = "INSERT INTO duties (name, not_before) VALUES (hex(randomblob(8)), 1)";
            command.ExecuteNonQuery();
            command.CommandText = "PRAGMA wal_checkpoint(PASSIVE)";
            using var row = command.ExecuteReader();
            row.Read();
            takenOver.Add(row.GetInt64(1) == row.GetInt64(2));
        }
    }

    [Theory]
    [InlineData(UsageDimension.Key, "key_a:6")]
    [InlineData(UsageDimension.Day, "2026-04-29:1 2026-04-30:2 2026-05-01:3")]
    public async Task Report_WithAFilter_HasWhatItLeaves(UsageDimension by, string expected)
    {
        await using var database = await BooksDatabase.CreateAsync();
        await using var writer = new UsageWriter(database.Connections);
        await writer.WriteAsync(
        [
            .. "000112".Select((back, i) => BooksDatabase.Record($"r{i}", UsageRecords.Noon.AddDays('0' - back)) with { Task = "it's" }),
            BooksDatabase.Record("other", UsageRecords.Noon) with { Task = "its" }, BooksDatabase.Record("early", UsageRecords.Noon.AddDays(-3)) with { Task = "it's" },
        ], Cancellation);

        var groups = await RollupGroups.ReadAsync(database.Connections, UsageHour.Of(UsageRecords.Noon.AddDays(-2)), long.MaxValue, by, new BreakdownFilter { Task = "it's" }, Cancellation);

        string.Join(' ', groups.OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => $"{group.Key}:{group.Value.ToUsage().Calls}")).ShouldBe(expected);
    }

    [Fact]
    public async Task Report_OfNothing_IsEmpty()
    {
        await using var database = await BooksDatabase.CreateAsync();

        (await RollupGroups.ReadAsync(database.Connections, 0, long.MaxValue, UsageDimension.User, new BreakdownFilter(), Cancellation)).ShouldBeEmpty();
    }

    /// <summary>Connections that tell of each statement as it begins.</summary>
    private sealed class Watched(StorageOptions options, Action<string> begins) : DatabaseConnections(options)
    {
        public override async Task<DbConnection> OpenAsync(CancellationToken cancellation)
        {
            var connection = await base.OpenAsync(cancellation);
            raw.sqlite3_trace(((SqliteConnection)connection).Handle, (_, sql) => begins(sql), null);
            return connection;
        }
    }
}
