using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace LlmConsole.Core.Metering;

/// <summary>
/// Writes records to SQLite, a row at a time: there is no round trip to save, and binding a value costs a fraction of what reading it from JSON does.
/// For the same reason it speaks to SQLite itself, below the commands and parameters of ADO.NET.
/// </summary>
internal sealed class SqliteBooks : IBooksSession
{
    /// <summary>A batch touches a page of several indexes for each of its callers. With SQLite's two megabytes, a thousand callers have most of them read again for each batch.</summary>
    private const int CacheKilobytes = 32 * 1024;

    /// <summary>Longer than calls use a core, but for a few that come at once.</summary>
    private static readonly TimeSpan LongestPass = TimeSpan.FromMilliseconds(1);

    private readonly SqliteConnection _connection;
    private readonly SqliteStatement _begin;
    private readonly SqliteStatement _insert;
    private readonly SqliteStatement _upsert;
    private readonly SqliteStatement _count;
    private readonly SqliteStatement _commit;
    private readonly SqliteStatement _rollback;
    private bool _letsCallsPass;

    /// <param name="connection">It is open, and disposed with the session.</param>
    public SqliteBooks(SqliteConnection connection)
    {
        _connection = connection;
        using (var room = new SqliteStatement(connection, $"PRAGMA cache_size = -{CacheKilobytes}")) room.Run();
        _begin = new SqliteStatement(connection, "BEGIN IMMEDIATE");
        _insert = new SqliteStatement(connection, UsageRecordInsert.Sql(Values) + UsageRecordInsert.UnlessThere);
        _upsert = new SqliteStatement(connection, UsageRollupUpsert.Sql(Values));
        _count = new SqliteStatement(connection, UsageLatencyUpsert.Sql(Values));
        _commit = new SqliteStatement(connection, "COMMIT");
        _rollback = new SqliteStatement(connection, "ROLLBACK");
    }

    public Task<IReadOnlyList<UsageRecord>> WriteAsync(IReadOnlyCollection<UsageRecord> records, CancellationToken cancellation)
    {
        _begin.Run();
        _letsCallsPass = !Stages.AreQueued;
        try
        {
            var added = new List<UsageRecord>(records.Count);
            foreach (var record in records)
            {
                UsageRecordInsert.Write(_insert, record);
                if (_insert.Run() > 0) added.Add(record);
                LetCallsPass();
            }

            foreach (var row in UsageRollupUpsert.Sum(added)) Run(_upsert, row, UsageRollupUpsert.Write);
            foreach (var row in UsageLatencyUpsert.Count(added)) Run(_count, row, UsageLatencyUpsert.Write);
            cancellation.ThrowIfCancellationRequested();
            _commit.Run();
            return Task.FromResult<IReadOnlyList<UsageRecord>>(added);
        }
        catch
        {
            _rollback.TryRun();
            throw;
        }
    }

    public ValueTask DisposeAsync()
    {
        foreach (var statement in (ReadOnlySpan<SqliteStatement>)[_begin, _insert, _upsert, _count, _commit, _rollback]) statement.Dispose();
        return _connection.DisposeAsync();
    }

    private void Run<T>(SqliteStatement statement, T row, Action<IRowValues, T> write)
    {
        write(statement, row);
        statement.Run();
        LetCallsPass();
    }

    /// <summary>
    /// On a single core a call would wait for the whole batch, up to two milliseconds. Where there is no time to spare, calls wait for each other anyway, and a batch is better written at one go; and where other programs take
    /// the core for long each time that it is offered, a batch would take seconds.
    /// </summary>
    private void LetCallsPass()
    {
        if (!_letsCallsPass) return;
        var offered = Stopwatch.GetTimestamp();
        Thread.Yield();
        _letsCallsPass = Stopwatch.GetElapsedTime(offered) < LongestPass;
    }

    private static string Values(IEnumerable<string> types) => $"VALUES ({string.Join(", ", types.Select(_ => "?"))})";
}
