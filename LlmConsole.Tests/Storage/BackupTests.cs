using LlmConsole.Core.Storage;
using LlmConsole.Tests.Metering;
using LlmConsole.Tests.Support;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace LlmConsole.Tests.Storage;

/// <summary>A backup that is taken while calls are written opens as a database of its own: whole, reconciled, and with everything that was durable when it began.</summary>
public sealed class BackupTests(SharedPostgres postgres) : IClassFixture<SharedPostgres>
{
    private const int Before = 400;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Backup_OfSqliteWhileItIsWritten_IsWhole()
    {
        await using var books = await BooksDatabase.CreateAsync();
        var directory = Directory.CreateTempSubdirectory("llmconsole-backup-");

        await WhileWritingAsync(books, () =>
        {
            using var from = new SqliteConnection(books.Options.ConnectionString);
            using var to = new SqliteConnection($"Data Source={Path.Combine(directory.FullName, StorageOptions.SqliteFileName)}");
            from.Open();
            to.Open();
            from.BackupDatabase(to);
            return Task.CompletedTask;
        });

        await using var restored = await BooksDatabase.OpenAsync(StorageOptions.From(directory.FullName, null));
        await HoldsAsync(restored);
    }

    [Fact]
    public async Task Backup_OfPostgresWhileItIsWritten_IsWhole()
    {
        await using var books = await BooksDatabase.CreateAsync(postgres);
        var file = Path.Combine(books.Options.DataDirectory, "backup");
        var target = await postgres.NewEmptyDatabaseAsync();

        await WhileWritingAsync(books, () => postgres.RunToolAsync("pg_dump", NameOf(books.Options.ConnectionString), "--format=custom", "--file", file));
        await postgres.RunToolAsync("pg_restore", NameOf(target), "--exit-on-error", file);

        await using var restored = await BooksDatabase.OpenAsync(StorageOptions.From(Directory.CreateTempSubdirectory("llmconsole-").FullName, target));
        await HoldsAsync(restored);
    }

    /// <summary>Takes a backup once some records are durable, while others go on being written.</summary>
    private static async Task WhileWritingAsync(BooksDatabase books, Func<Task> backup)
    {
        await using var ledger = await RunningLedger.StartAsync(books);
        await ledger.RecordAsync([.. Enumerable.Range(0, Before).Select(i => BooksDatabase.Record($"req_before_{i}"))]);
        using var over = new CancellationTokenSource();
        var writing = Task.Run(
            async () =>
            {
                for (var i = 0; !over.IsCancellationRequested; i++) await ledger.RecordAsync(BooksDatabase.Record($"req_during_{i}"));
            },
            Cancellation);
        await backup();
        await over.CancelAsync();
        await writing;
    }

    private static async Task HoldsAsync(BooksDatabase restored)
    {
        var ids = (await restored.RecordsAsync()).Select(record => record.RequestId).ToHashSet();
        Enumerable.Range(0, Before).ShouldAllBe(i => ids.Contains($"req_before_{i}"));
        await restored.ShouldReconcileAsync();
        await using (var ledger = await RunningLedger.StartAsync(restored)) await ledger.RecordAsync(BooksDatabase.Record("req_after"));
        await restored.ShouldReconcileAsync();
    }

    private static string NameOf(string connection) => new NpgsqlConnectionStringBuilder(connection).Database!;
}
