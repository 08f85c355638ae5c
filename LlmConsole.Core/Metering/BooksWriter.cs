using System.Data.Common;
using LlmConsole.Core.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Metering;

/// <summary>Takes records into the database, or says within a bounded time that it can't. Not for use by two at once.</summary>
/// <param name="patience">How long a write may take.</param>
/// <param name="reject">Where a record goes that the database will never take, and why.</param>
internal sealed class BooksWriter(IDbContextFactory<LlmConsoleDbContext> contexts, DatabaseConnections connections, TimeProvider time, TimeSpan patience, Action<UsageRecord, string> reject) : IAsyncDisposable
{
    private readonly OldEntries _old = new(contexts, time);
    private UsageWriter _writer = new(connections);
    private BooksThread _thread = new();

    /// <summary>Raised once for each record, after it was committed.</summary>
    public event Action<IReadOnlyList<UsageRecord>>? Committed;

    /// <summary>Null when the records are in the books; otherwise why they aren't, as far as is known.</summary>
    /// <param name="isLate">Whether they may be so old that the books have forgotten whether they had them.</param>
    public async Task<Exception?> TryWriteAsync(IReadOnlyList<UsageRecord> records, bool isLate = false)
    {
        var writer = _writer;
        using var limit = new CancellationTokenSource(patience, time);

        // SQLite holds the thread until it is done.
        var writing = connections.IsPostgres ? Task.Run(Write, CancellationToken.None) : _thread.RunAsync(Write);
        try
        {
            await writing.WaitAsync(limit.Token);
            return null;
        }
        catch (Exception e)
        {
            // SQLite can't be interrupted while it waits for a lock: that writer ends by itself, and should it commit after all, nothing counts twice.
            _ = writing.ContinueWith(_ => writer.DisposeAsync().AsTask(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            _thread.Dispose();
            (_writer, _thread) = (new UsageWriter(connections), new BooksThread());
            return e;
        }

        Task Write() => isLate ? WriteLateAsync(writer, records, limit.Token) : WriteAsync(writer, records, limit.Token);
    }

    public ValueTask DisposeAsync()
    {
        _thread.Dispose();
        return _writer.DisposeAsync();
    }

    private async Task WriteLateAsync(UsageWriter writer, IReadOnlyList<UsageRecord> records, CancellationToken cancellation)
    {
        var (due, unknowable) = await _old.SortAsync(records, cancellation);
        if (due.Count > 0) await WriteAsync(writer, due, cancellation);
        foreach (var record in unknowable) reject(record, "it is so old that the books may have held it and deleted it since; its call would count twice");
    }

    /// <summary>Writes what the database takes; what it will never take is set aside, so that it doesn't hold up the rest.</summary>
    private async Task WriteAsync(UsageWriter writer, IReadOnlyList<UsageRecord> records, CancellationToken cancellation)
    {
        try
        {
            var added = await writer.WriteAsync(records, cancellation);
            if (added.Count > 0) Committed?.Invoke(added);
        }
        catch (DbException e) when (IsUnacceptable(e))
        {
            if (records.Count == 1)
            {
                reject(records[0], e.Message);
                return;
            }

            var half = records.Count / 2;
            await WriteAsync(writer, [.. records.Take(half)], cancellation);
            await WriteAsync(writer, [.. records.Skip(half)], cancellation);
        }
    }

    /// <summary>The database is there and says no to the content: a constraint, a value out of range.</summary>
    private static bool IsUnacceptable(DbException error) =>
        error is SqliteException { SqliteErrorCode: SqliteConstraint or SqliteTooBig or SqliteMismatch } || error.SqlState is ['2', '2' or '3', ..];

    private const int SqliteTooBig = 18;
    private const int SqliteConstraint = 19;
    private const int SqliteMismatch = 20;
}
