using LlmConsole.Core.Storage;
using Microsoft.Data.Sqlite;

namespace LlmConsole.Core.Metering;

/// <summary>Writes records and their roll-ups in one transaction, on a connection of its own with prepared statements. After a failure the next write begins with a new connection. Not for use by two at once.</summary>
internal sealed class UsageWriter(DatabaseConnections connections) : IAsyncDisposable
{
    private IBooksSession? _session;

    /// <summary>Writes those that are not in the books yet, all or nothing, and returns them; only those count in the roll-ups.</summary>
    public async Task<IReadOnlyList<UsageRecord>> WriteAsync(IReadOnlyCollection<UsageRecord> records, CancellationToken cancellation)
    {
        var isFresh = _session is null;
        try
        {
            _session ??= await OpenAsync(cancellation);
            return await _session.WriteAsync(records, cancellation);
        }
        catch
        {
            await DisposeAsync();
            if (isFresh || cancellation.IsCancellationRequested) throw;
        }

        // A connection that lay idle may have been cut since; a new one tells whether the database is there.
        return await WriteAsync(records, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _session, null) is { } session) await session.DisposeAsync();
    }

    private async Task<IBooksSession> OpenAsync(CancellationToken cancellation)
    {
        var connection = await connections.OpenAsync(cancellation);
        try
        {
            return connection is SqliteConnection sqlite ? new SqliteBooks(sqlite) : await PostgresBooks.OpenAsync(connection, cancellation);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}

/// <summary>A connection that writes records, all of them or none. Not for use by two at once; after a failure it is of no more use.</summary>
internal interface IBooksSession : IAsyncDisposable
{
    /// <summary>Returns those that were not in the books yet; only those count in the roll-ups.</summary>
    Task<IReadOnlyList<UsageRecord>> WriteAsync(IReadOnlyCollection<UsageRecord> records, CancellationToken cancellation);
}
