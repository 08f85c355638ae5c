using System.Data.Common;
using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Metering;

/// <summary>Writes records and their roll-ups in one transaction, on a connection of its own with prepared statements. After a failure the next write begins with a new connection. Not for use by two at once.</summary>
internal sealed class UsageWriter(IDbContextFactory<LlmConsoleDbContext> contexts) : IAsyncDisposable
{
    private Session? _session;

    /// <summary>Writes those that are not in the books yet, all or nothing, and returns them; only those count in the roll-ups.</summary>
    public async Task<IReadOnlyList<UsageRecord>> WriteAsync(IReadOnlyCollection<UsageRecord> records, CancellationToken cancellation)
    {
        var isFresh = _session is null;
        try
        {
            _session ??= await Session.OpenAsync(contexts, cancellation);
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

    private sealed class Session(LlmConsoleDbContext db, DbCommand insert, DbCommand upsert) : IAsyncDisposable
    {
        public static async Task<Session> OpenAsync(IDbContextFactory<LlmConsoleDbContext> contexts, CancellationToken cancellation)
        {
            var db = await contexts.CreateDbContextAsync(cancellation);
            try
            {
                await db.Database.OpenConnectionAsync(cancellation);
                var rows = SqlRows.Source(db);
                return new Session(db, await PrepareAsync(db, UsageRecordInsert.Sql(rows), cancellation), await PrepareAsync(db, UsageRollupUpsert.Sql(rows), cancellation));
            }
            catch
            {
                await db.DisposeAsync();
                throw;
            }
        }

        public async Task<IReadOnlyList<UsageRecord>> WriteAsync(IReadOnlyCollection<UsageRecord> records, CancellationToken cancellation)
        {
            await using var transaction = await db.Database.GetDbConnection().BeginTransactionAsync(cancellation);
            (insert.Transaction, upsert.Transaction) = (transaction, transaction);
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
            }

            await transaction.CommitAsync(cancellation);
            return added;
        }

        public async ValueTask DisposeAsync()
        {
            await insert.DisposeAsync();
            await upsert.DisposeAsync();
            await db.DisposeAsync();
        }

        private static async Task<DbCommand> PrepareAsync(LlmConsoleDbContext db, string sql, CancellationToken cancellation)
        {
            var command = db.Database.GetDbConnection().CreateCommand();
            command.CommandText = sql;
            var rows = command.CreateParameter();
            (rows.ParameterName, rows.DbType, rows.Value) = (SqlRows.Parameter, System.Data.DbType.String, "[]");
            command.Parameters.Add(rows);
            await command.PrepareAsync(cancellation);
            return command;
        }
    }
}
