using System.Globalization;
using LlmConsole.Core.Metering.Sums;
using LlmConsole.Core.Storage;
using Microsoft.Data.Sqlite;

namespace LlmConsole.Core.Metering;

/// <summary>
/// Roll-ups of SQLite in groups. They are read and added up here: where nearly each row is a caller's own, SQLite would sort all of them, in memory, and that takes several times as long. A day at a time, for as long
/// as somebody reads SQLite writes to the end of its log, which grows by megabytes a second under load; what two days came to adds up whenever they were read.
/// </summary>
internal static class RollupGroups
{
    private static readonly string Figures = string.Join(", ", PartSums.Columns);

    /// <summary>What the hours from one to before another came to. On a thread of its own, for SQLite holds the one that asks.</summary>
    public static async Task<Dictionary<string, PartSums>> ReadAsync(DatabaseConnections connections, long first, long end, UsageDimension by, BreakdownFilter filter, CancellationToken cancellation)
    {
        await using var db = (SqliteConnection)await connections.OpenAsync(cancellation);
        var known = (await db.ListAsync($"SELECT coalesce((SELECT min(hour) FROM usage_rollups), 0), coalesce((SELECT max(hour) FROM usage_rollups) + 1, 0)", row => (First: row.GetInt64(0), End: row.GetInt64(1)), cancellation))[0];
        return await Task.Factory.StartNew(
            () => Read(db, Math.Max(first, known.First), Math.Min(end, known.End), by, filter, cancellation), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private static Dictionary<string, PartSums> Read(SqliteConnection db, long first, long end, UsageDimension by, BreakdownFilter filter, CancellationToken cancellation)
    {
        (string Column, string? Value)[] wanted = [("tenant_id", filter.TenantId), ("key_id", filter.KeyId), ("user_id", filter.UserId), ("model", filter.Model), ("task", filter.Task)];
        var filters = wanted.Where(one => one.Value is not null).ToList();
        var sql = $"SELECT {Column(by)}, {Figures} FROM usage_rollups WHERE hour >= ? AND hour < ?{string.Concat(filters.Select(one => $" AND {one.Column} = ?"))}";
        using var statement = new SqliteStatement(db, sql);
        var groups = new Dictionary<string, PartSums>();
        for (var at = first; at < end; at = (at / BookSums.Day * BookSums.Day) + BookSums.Day)
        {
            statement.Add(at);
            statement.Add(Math.Min(end, (at / BookSums.Day * BookSums.Day) + BookSums.Day));
            foreach (var (_, value) in filters) statement.Add(value);
            Add(statement, groups, by == UsageDimension.Day ? DayOf(at) : null, cancellation);
        }

        return groups;
    }

    private static void Add(SqliteStatement rows, Dictionary<string, PartSums> groups, string? day, CancellationToken cancellation)
    {
        Span<long> figures = stackalloc long[PartSums.Columns.Count];
        while (rows.Read())
        {
            cancellation.ThrowIfCancellationRequested();
            for (var i = 0; i < figures.Length; i++) figures[i] = rows.Number(i + 1);
            StretchSums.Of(groups, day ?? rows.Text(0)).Add(figures);
        }
    }

    private static string Column(UsageDimension by) => by switch
    {
        UsageDimension.Tenant => "tenant_id",
        UsageDimension.Key => "key_id",
        UsageDimension.User => "user_id",
        UsageDimension.Model => "model",
        UsageDimension.Task => "task",
        UsageDimension.Day => "hour",
        _ => throw new ArgumentOutOfRangeException(nameof(by)),
    };

    private static string DayOf(long moment) => DateTimeOffset.FromUnixTimeMilliseconds(moment).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
