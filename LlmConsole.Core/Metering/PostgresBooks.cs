using System.Data.Common;
using LlmConsole.Core.Storage;

namespace LlmConsole.Core.Metering;

/// <summary>Writes records to PostgreSQL: three prepared statements, each of which takes all rows of a batch in one round trip.</summary>
internal sealed class PostgresBooks(DbConnection connection, DbCommand insert, DbCommand upsert, DbCommand count) : IBooksSession
{
    /// <summary>Which rows are new; and the transaction ends when this process falls asleep in it, for which a statement of its own would be a round trip.</summary>
    private static readonly string Returning = $" RETURNING request_id, set_config('{SleepingTransactions.Setting}', '{SleepingTransactions.LimitMilliseconds}', true)";

    /// <param name="connection">It is open, and disposed with the session.</param>
    public static async Task<PostgresBooks> OpenAsync(DbConnection connection, CancellationToken cancellation) => new(
        connection, await PrepareAsync(connection, UsageRecordInsert.Sql(SqlRows.Select) + Returning, cancellation), await PrepareAsync(connection, UsageRollupUpsert.Sql(SqlRows.Select), cancellation),
        await PrepareAsync(connection, UsageLatencyUpsert.Sql(SqlRows.Select), cancellation));

    public async Task<IReadOnlyList<UsageRecord>> WriteAsync(IReadOnlyCollection<UsageRecord> records, CancellationToken cancellation)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        (insert.Transaction, upsert.Transaction, count.Transaction) = (transaction, transaction, transaction);
        insert.Parameters[0].Value = SqlRows.Write(records, UsageRecordInsert.Write);
        var ids = new HashSet<string>(records.Count, StringComparer.Ordinal);
        await using (var reader = await insert.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation)) ids.Add(reader.GetString(0));
        }

        // Should one batch name an id twice, the first counts, as in the insert.
        var added = records.Where(record => ids.Remove(record.RequestId)).ToList();
        if (added.Count > 0)
        {
            upsert.Parameters[0].Value = SqlRows.Write(UsageRollupUpsert.Sum(added), UsageRollupUpsert.Write);
            await upsert.ExecuteNonQueryAsync(cancellation);
            count.Parameters[0].Value = SqlRows.Write(UsageLatencyUpsert.Count(added), UsageLatencyUpsert.Write);
            await count.ExecuteNonQueryAsync(cancellation);
        }

        await transaction.CommitAsync(cancellation);
        return added;
    }

    public async ValueTask DisposeAsync()
    {
        await insert.DisposeAsync();
        await upsert.DisposeAsync();
        await count.DisposeAsync();
        await connection.DisposeAsync();
    }

    private static async Task<DbCommand> PrepareAsync(DbConnection connection, string sql, CancellationToken cancellation)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        var rows = command.CreateParameter();
        (rows.ParameterName, rows.DbType, rows.Value) = (SqlRows.Parameter, System.Data.DbType.String, "[]");
        command.Parameters.Add(rows);
        await command.PrepareAsync(cancellation);
        return command;
    }
}
