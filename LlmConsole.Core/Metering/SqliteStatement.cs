using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace LlmConsole.Core.Metering;

/// <summary>A prepared statement of SQLite: its values are added in order, then it runs, and takes the next ones.</summary>
internal sealed class SqliteStatement : IRowValues, IDisposable
{
    private const int ShortText = 512;

    private readonly sqlite3 _db;
    private readonly sqlite3_stmt _statement;
    private int _count;

    /// <param name="connection">Open, and for as long as the statement lives.</param>
    public SqliteStatement(SqliteConnection connection, string sql)
    {
        _db = connection.Handle!;
        Check(raw.sqlite3_prepare_v3(_db, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement));
    }

    public void Add(string? text)
    {
        // Empty bytes would be taken for no text at all.
        if (text is null) Check(raw.sqlite3_bind_null(_statement, ++_count));
        else if (text.Length == 0) Check(raw.sqlite3_bind_text(_statement, ++_count, text));
        else if (text.Length <= ShortText / 3)
        {
            Span<byte> utf8 = stackalloc byte[ShortText];
            Check(raw.sqlite3_bind_text(_statement, ++_count, utf8[..Encoding.UTF8.GetBytes(text, utf8)]));
        }
        else Check(raw.sqlite3_bind_text(_statement, ++_count, (ReadOnlySpan<byte>)Encoding.UTF8.GetBytes(text)));
    }

    public void Add(long? number) => Check(number is { } value ? raw.sqlite3_bind_int64(_statement, ++_count, value) : raw.sqlite3_bind_null(_statement, ++_count));

    public void Add(double? number) => Check(number is { } value ? raw.sqlite3_bind_double(_statement, ++_count, value) : raw.sqlite3_bind_null(_statement, ++_count));

    public void Add(bool flag) => Check(raw.sqlite3_bind_int64(_statement, ++_count, flag ? 1 : 0));

    /// <summary>Returns how many rows changed.</summary>
    /// <exception cref="SqliteException">SQLite said no; the statement can run again.</exception>
    public int Run()
    {
        var result = TryRun();
        if (result != raw.SQLITE_DONE) SqliteException.ThrowExceptionForRC(result, _db);
        return raw.sqlite3_changes(_db);
    }

    /// <summary>Returns SQLite's result code.</summary>
    public int TryRun()
    {
        var result = raw.sqlite3_step(_statement);
        _ = raw.sqlite3_reset(_statement);
        _count = 0;
        return result;
    }

    public void Dispose() => _statement.Dispose();

    private void Check(int result)
    {
        if (result != raw.SQLITE_OK) SqliteException.ThrowExceptionForRC(result, _db);
    }
}
