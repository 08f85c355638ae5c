using System.Data.Common;
using LlmConsole.Core.Storage;

namespace LlmConsole.Core.Metering;

/// <summary>
/// Writes records to PostgreSQL: prepared statements, each of which takes all rows of a batch. As a rule no record is in the books yet, and then all of them and the commit are one round trip; should one be,
/// the database refuses that whole, and it is found out in a transaction which records are new.
/// </summary>
internal sealed class PostgresBooks : IBooksSession
{
    private const string UniqueViolation = "23505";

    /// <summary>Which rows are new; and the transaction ends when this process falls asleep in it, for which a statement of its own would be a round trip.</summary>
    private static readonly string Returning = $" RETURNING request_id, set_config('{SleepingTransactions.Setting}', '{SleepingTransactions.LimitMilliseconds}', true)";

    private readonly DbConnection _connection;
    private readonly DbBatch _all;
    private readonly DbBatch _insert;
    private readonly DbBatch _sums;

    private PostgresBooks(DbConnection connection)
    {
        var (insert, upsert, count) = (UsageRecordInsert.Sql(SqlRows.Select), UsageRollupUpsert.Sql(SqlRows.Select), UsageLatencyUpsert.Sql(SqlRows.Select));
        _connection = connection;
        _all = Batch(connection, insert, upsert, count);
        _insert = Batch(connection, insert + UsageRecordInsert.UnlessThere + Returning);
        _sums = Batch(connection, upsert, count);
    }

    /// <param name="connection">It is open, and disposed with the session.</param>
    public static async Task<PostgresBooks> OpenAsync(DbConnection connection, CancellationToken cancellation)
    {
        var books = new PostgresBooks(connection);
        await books._all.PrepareAsync(cancellation);
        return books;
    }

    public async Task<IReadOnlyList<UsageRecord>> WriteAsync(IReadOnlyCollection<UsageRecord> records, CancellationToken cancellation)
    {
        try
        {
            SetRecords(_all, records);
            SetSums(_all, 1, records);
            await _all.ExecuteNonQueryAsync(cancellation);
            return records as IReadOnlyList<UsageRecord> ?? [.. records];
        }
        catch (DbException e) when (e.SqlState == UniqueViolation)
        {
            return await WriteNewAsync(records, cancellation);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _all.DisposeAsync();
        await _insert.DisposeAsync();
        await _sums.DisposeAsync();
        await _connection.DisposeAsync();
    }

    private async Task<IReadOnlyList<UsageRecord>> WriteNewAsync(IReadOnlyCollection<UsageRecord> records, CancellationToken cancellation)
    {
        await using var transaction = await _connection.BeginTransactionAsync(cancellation);
        (_insert.Transaction, _sums.Transaction) = (transaction, transaction);
        SetRecords(_insert, records);
        var ids = new HashSet<string>(records.Count, StringComparer.Ordinal);
        await using (var reader = await _insert.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation)) ids.Add(reader.GetString(0));
        }

        // Should one batch name an id twice, the first counts, as in the insert.
        var added = records.Where(record => ids.Remove(record.RequestId)).ToList();
        if (added.Count > 0)
        {
            SetSums(_sums, 0, added);
            await _sums.ExecuteNonQueryAsync(cancellation);
        }

        await transaction.CommitAsync(cancellation);
        return added;
    }

    private static void SetRecords(DbBatch batch, IReadOnlyCollection<UsageRecord> records) => batch.BatchCommands[0].Parameters[0].Value = SqlRows.Write(records, UsageRecordInsert.Write);

    private static void SetSums(DbBatch batch, int first, IReadOnlyCollection<UsageRecord> records)
    {
        batch.BatchCommands[first].Parameters[0].Value = SqlRows.Write(UsageRollupUpsert.Sum(records), UsageRollupUpsert.Write);
        batch.BatchCommands[first + 1].Parameters[0].Value = SqlRows.Write(UsageLatencyUpsert.Count(records), UsageLatencyUpsert.Write);
    }

    private static DbBatch Batch(DbConnection connection, params ReadOnlySpan<string> statements)
    {
        var batch = connection.CreateBatch();
        foreach (var sql in statements)
        {
            var command = batch.CreateBatchCommand();
            command.CommandText = sql;
            var rows = command.CreateParameter();
            (rows.ParameterName, rows.DbType, rows.Value) = (SqlRows.Parameter, System.Data.DbType.String, "[]");
            command.Parameters.Add(rows);
            batch.BatchCommands.Add(command);
        }

        return batch;
    }
}
