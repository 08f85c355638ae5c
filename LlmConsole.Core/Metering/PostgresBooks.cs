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
    private readonly PostgresRows _allRecords;
    private readonly PostgresRows _newRecords;
    private readonly (PostgresRows Sums, PostgresRows Latency) _allSums;
    private readonly (PostgresRows Sums, PostgresRows Latency) _newSums;

    private PostgresBooks(DbConnection connection)
    {
        _connection = connection;
        (_all, _insert, _sums) = (connection.CreateBatch(), connection.CreateBatch(), connection.CreateBatch());
        _allRecords = PostgresRows.Add(_all, UsageRecordInsert.Sql);
        _allSums = (PostgresRows.Add(_all, UsageRollupUpsert.Sql), PostgresRows.Add(_all, UsageLatencyUpsert.Sql));
        _newRecords = PostgresRows.Add(_insert, static rows => UsageRecordInsert.Sql(rows) + UsageRecordInsert.UnlessThere + Returning);
        _newSums = (PostgresRows.Add(_sums, UsageRollupUpsert.Sql), PostgresRows.Add(_sums, UsageLatencyUpsert.Sql));
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
            _allRecords.Set(records, UsageRecordInsert.Write);
            SetSums(_allSums, records);
            await _all.ExecuteNonQueryAsync(cancellation);
            return records as IReadOnlyList<UsageRecord> ?? [.. records];
        }
        catch (DbException e) when (e.SqlState == UniqueViolation)
        {
            return await WriteNewAsync(records, cancellation);
        }
        finally
        {
            _allRecords.Clear();
            _newRecords.Clear();
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
        _newRecords.Set(records, UsageRecordInsert.Write);
        var ids = new HashSet<string>(records.Count, StringComparer.Ordinal);
        await using (var reader = await _insert.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation)) ids.Add(reader.GetString(0));
        }

        // Should one batch name an id twice, the first counts, as in the insert.
        var added = records.Where(record => ids.Remove(record.RequestId)).ToList();
        if (added.Count > 0)
        {
            SetSums(_newSums, added);
            await _sums.ExecuteNonQueryAsync(cancellation);
        }

        await transaction.CommitAsync(cancellation);
        return added;
    }

    private static void SetSums((PostgresRows Sums, PostgresRows Latency) rows, IReadOnlyCollection<UsageRecord> records)
    {
        rows.Sums.Set(UsageRollupUpsert.Sum(records), UsageRollupUpsert.Write);
        rows.Latency.Set(UsageLatencyUpsert.Count(records), UsageLatencyUpsert.Write);
    }
}
