using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace LlmConsole.Core.Storage;

/// <summary>
/// Settings that SQLite keeps per connection. With the write-ahead log, <c>synchronous=NORMAL</c> survives a killed process without an fsync
/// per commit; a power cut can lose the last commits but not corrupt the file.
/// The log's file keeps the length that it once had, while somebody read for long, unless it is bounded; a start after a killed process reads all of it.
/// </summary>
internal static class SqlitePragmas
{
    /// <summary>Bytes that the write-ahead log keeps once it was taken over. Under full load it takes two thirds of that between two takeovers.</summary>
    public const int LogBytes = 16 * 1024 * 1024;

    public static readonly string Sql = $"PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=5000; PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit={LogBytes};";

    public static void Apply(DbConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = Sql;
        command.ExecuteNonQuery();
    }
}

/// <summary>Applies them to the connections that Entity Framework opens.</summary>
internal sealed class SqlitePragmasInterceptor : DbConnectionInterceptor
{
    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) => SqlitePragmas.Apply(connection);

    public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        SqlitePragmas.Apply(connection);
        return Task.CompletedTask;
    }
}
