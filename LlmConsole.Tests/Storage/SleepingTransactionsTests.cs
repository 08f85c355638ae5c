using LlmConsole.Core.Storage;
using LlmConsole.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Storage;

/// <summary>Whoever sleeps within a transaction doesn't hold its locks for ever.</summary>
public sealed class SleepingTransactionsTests(SharedPostgres postgres) : IClassFixture<SharedPostgres>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Transaction_OnPostgres_IsBoundedAndTheConnectionAfterItIsNot()
    {
        await using var services = new ServiceCollection().AddStorage(StorageOptions.From("data", await postgres.NewDatabaseAsync())).BuildServiceProvider();
        await using var db = await services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>().CreateDbContextAsync(Cancellation);
        await db.Database.OpenConnectionAsync(Cancellation);

        await using (var transaction = await db.Database.BeginTransactionAsync(Cancellation))
        {
            (await LimitAsync(db)).ShouldBe("10s");
            await transaction.CommitAsync(Cancellation);
        }

        (await LimitAsync(db)).ShouldBe("0");
    }

    private static async Task<string> LimitAsync(LlmConsoleDbContext db) =>
        (await db.Database.SqlQueryRaw<string>("SELECT current_setting('idle_in_transaction_session_timeout') AS \"Value\"").ToListAsync(Cancellation)).Single();
}
