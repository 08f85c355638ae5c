using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace LlmConsole.Core.Storage;

/// <summary>
/// Settings that SQLite keeps per connection. With the write-ahead log, <c>synchronous=NORMAL</c> survives a killed process without an fsync
/// per commit; a power cut can lose the last commits but not corrupt the file.
/// </summary>
internal static class SqlitePragmas
{
    public const string Sql = "PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=5000; PRAGMA temp_store=MEMORY;";

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
