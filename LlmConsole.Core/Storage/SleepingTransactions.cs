using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace LlmConsole.Core.Storage;

/// <summary>
/// An instance that is put to sleep within a transaction, as a virtual machine may be, holds its locks: nobody could take its jobs over, nor add to its hour in the books. So PostgreSQL
/// ends a transaction that says nothing for ten seconds. Set in the transaction, for a setting of the connection is more than poolers between allow.
/// </summary>
internal static class SleepingTransactions
{
    public const string Setting = "idle_in_transaction_session_timeout";
    public const int LimitMilliseconds = 10_000;

    public static async Task EndWhenAsleepAsync(this DbTransaction transaction, CancellationToken cancellation)
    {
        await using var command = On(transaction);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    internal static DbCommand On(DbTransaction transaction)
    {
        var command = transaction.Connection!.CreateCommand();
        (command.Transaction, command.CommandText) = (transaction, $"SET LOCAL {Setting} = {LimitMilliseconds}");
        return command;
    }
}

/// <summary>Bounds the transactions of Entity Framework on PostgreSQL.</summary>
internal sealed class SleepingTransactionsInterceptor : DbTransactionInterceptor
{
    public override DbTransaction TransactionStarted(DbConnection connection, TransactionEndEventData eventData, DbTransaction result)
    {
        using var command = SleepingTransactions.On(result);
        command.ExecuteNonQuery();
        return result;
    }

    public override async ValueTask<DbTransaction> TransactionStartedAsync(DbConnection connection, TransactionEndEventData eventData, DbTransaction result, CancellationToken cancellationToken = default)
    {
        await result.EndWhenAsleepAsync(cancellationToken);
        return result;
    }
}
