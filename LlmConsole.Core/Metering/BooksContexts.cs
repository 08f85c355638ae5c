using System.Data.Common;
using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Metering;

/// <summary>Contexts for those who read the books: what has ended on this instance is in them first, unless so much waits after an outage that it takes longer than two seconds.</summary>
internal sealed class BooksContexts(IDbContextFactory<LlmConsoleDbContext> contexts, UsageLedger ledger) : IDbContextFactory<LlmConsoleDbContext>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public LlmConsoleDbContext CreateDbContext() => contexts.CreateDbContext();

    public async Task<LlmConsoleDbContext> CreateDbContextAsync(CancellationToken cancellationToken = default)
    {
        await WrittenAsync(ledger, cancellationToken);
        return await contexts.CreateDbContextAsync(cancellationToken);
    }

    public static async Task WrittenAsync(UsageLedger ledger, CancellationToken cancellation)
    {
        try
        {
            await ledger.WrittenAsync().WaitAsync(Patience, cancellation);
        }
        catch (TimeoutException)
        {
            // Somebody who reads now sees the books a little behind, as they are.
        }
    }
}

/// <summary>Connections for the same.</summary>
internal sealed class BooksConnections(StorageOptions options, UsageLedger ledger) : DatabaseConnections(options)
{
    public override async Task<DbConnection> OpenAsync(CancellationToken cancellation)
    {
        await BooksContexts.WrittenAsync(ledger, cancellation);
        return await base.OpenAsync(cancellation);
    }
}
