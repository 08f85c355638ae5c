using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace LlmConsole.Core.Metering;

/// <summary>
/// A prepared statement of SQLite: its values are added in order, then it runs, or is read row by row, and takes the next ones. Values are bound by the library itself: a record has three dozen of them, and what the package
/// puts around each (a handle that is counted, a change of the thread's mode) takes several times as long.
/// </summary>
internal sealed class SqliteStatement : IRowValues, IDisposable
{
    /// <summary>Bytes of texts that a row may have here, so that SQLite neither copies nor frees them: more than most have.</summary>
    private const int Room = 4096;
    private const string Library = "e_sqlite3";

    // SQLite copies what it is given, or reads it where it lies.
    private const nint Transient = -1;
    private const nint Static = 0;

    private readonly sqlite3 _db;
    private readonly sqlite3_stmt _statement;
    private readonly nint _bare;
    private readonly byte[] _texts = GC.AllocateUninitializedArray<byte>(Room, pinned: true);
    private int _used;
    private int _count;

    /// <param name="connection">Open, and for as long as the statement lives.</param>
    public SqliteStatement(SqliteConnection connection, string sql)
    {
        _db = connection.Handle!;
        Check(raw.sqlite3_prepare_v3(_db, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement));
        _bare = _statement.DangerousGetHandle();
    }

    public void Add(string? text)
    {
        if (text is null)
        {
            AddNull();
            return;
        }

        if (_used + Encoding.UTF8.GetMaxByteCount(text.Length) <= Room) AddHere(text);
        else AddLong(text);
    }

    public void Add(long? number)
    {
        if (number is { } value) Check(BindInt64(_bare, ++_count, value));
        else AddNull();
    }

    public void Add(double? number)
    {
        if (number is { } value) Check(BindDouble(_bare, ++_count, value));
        else AddNull();
    }

    public void Add(bool flag) => Add(flag ? 1L : 0L);

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
        (_count, _used) = (0, 0);
        return result;
    }

    /// <summary>Goes to the next row of a query; false after the last, and then it can run again.</summary>
    /// <exception cref="SqliteException">SQLite said no.</exception>
    public bool Read()
    {
        var result = raw.sqlite3_step(_statement);
        if (result == raw.SQLITE_ROW) return true;
        _ = raw.sqlite3_reset(_statement);
        (_count, _used) = (0, 0);
        if (result != raw.SQLITE_DONE) SqliteException.ThrowExceptionForRC(result, _db);
        return false;
    }

    /// <summary>A whole number of the row.</summary>
    public long Number(int column) => ColumnInt64(_bare, column);

    /// <summary>A text of the row.</summary>
    public string Text(int column) => raw.sqlite3_column_text(_statement, column).utf8_to_string();

    public void Dispose() => _statement.Dispose();

    /// <summary>It stays there until the statement has run and the next row begins.</summary>
    private void AddHere(string text)
    {
        var length = Encoding.UTF8.GetBytes(text, _texts.AsSpan(_used));
        Check(BindTextHere(_bare, ++_count, Marshal.UnsafeAddrOfPinnedArrayElement(_texts, _used), length, Static));
        _used += length;
    }

    private void AddLong(string text)
    {
        // One byte more than the text takes, so that there is an address where it takes none.
        var utf8 = new byte[Encoding.UTF8.GetByteCount(text) + 1];
        Check(BindText(_bare, ++_count, in utf8[0], Encoding.UTF8.GetBytes(text, utf8), Transient));
    }

    private void AddNull() => Check(BindNull(_bare, ++_count));

    private void Check(int result)
    {
        if (result != raw.SQLITE_OK) SqliteException.ThrowExceptionForRC(result, _db);
    }

    // Each of these is over in some nanoseconds, blocks nobody and calls nobody.
    [DllImport(Library, EntryPoint = "sqlite3_bind_int64")]
    [SuppressGCTransition]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int BindInt64(nint statement, int parameter, long value);

    [DllImport(Library, EntryPoint = "sqlite3_bind_double")]
    [SuppressGCTransition]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int BindDouble(nint statement, int parameter, double value);

    [DllImport(Library, EntryPoint = "sqlite3_bind_null")]
    [SuppressGCTransition]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int BindNull(nint statement, int parameter);

    [DllImport(Library, EntryPoint = "sqlite3_column_int64")]
    [SuppressGCTransition]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern long ColumnInt64(nint statement, int column);

    [DllImport(Library, EntryPoint = "sqlite3_bind_text")]
    [SuppressGCTransition]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int BindTextHere(nint statement, int parameter, nint text, int length, nint destructor);

    [DllImport(Library, EntryPoint = "sqlite3_bind_text")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int BindText(nint statement, int parameter, in byte text, int length, nint destructor);
}
