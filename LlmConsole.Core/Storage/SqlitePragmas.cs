using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace LlmConsole.Core.Storage;

/// <summary>
/// Settings that SQLite keeps per connection. With the write-ahead log, <c>synchronous=NORMAL</c> survives a killed process without an fsync
/// per commit; a power cut can lose the last commits but not corrupt the file.
/// </summary>
internal sealed class SqlitePragmas : DbConnectionInterceptor
{
    public const string Sql = "PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=5000; PRAGMA temp_store=MEMORY;";

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) => Apply(connection);

    public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Apply(connection);
        return Task.CompletedTask;
    }

    public static void Apply(DbConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = Sql;
        command.ExecuteNonQuery();
    }
}
