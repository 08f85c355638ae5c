using LlmConsole.Core.Storage;
using LlmConsole.Tests.Support;
using Microsoft.Data.Sqlite;

namespace LlmConsole.Tests.Metering;

public sealed class UsageLedgerTests(SharedPostgres postgres) : IClassFixture<SharedPostgres>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Record_ManyAtOnce_AreAllInTheBooksWhenTheyComplete(bool onPostgres)
    {
        await using var database = await BooksDatabase.CreateAsync(onPostgres ? postgres : null);
        await using var ledger = await RunningLedger.StartAsync(database);

        await ledger.RecordAsync([.. Enumerable.Range(0, 2_000).Select(i => BooksDatabase.Record($"req_{i}"))]);

        (await database.RecordsAsync()).Count.ShouldBe(2_000);
        await database.ShouldReconcileAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Record_OneThatTheDatabaseRefuses_IsSetAsideAndHoldsUpNobody(bool onPostgres)
    {
        await using var database = await BooksDatabase.CreateAsync(onPostgres ? postgres : null);
        await using var ledger = await RunningLedger.StartAsync(database);
        var poison = BooksDatabase.Record("req_poison") with { OutputTokens = -1, ReasoningTokens = -1 };

        await ledger.RecordAsync([.. Enumerable.Range(0, 20).Select(i => BooksDatabase.Record($"req_{i}")), poison, .. Enumerable.Range(20, 20).Select(i => BooksDatabase.Record($"req_{i}"))]);

        (await database.RecordsAsync()).Select(record => record.RequestId).ShouldBe(Enumerable.Range(0, 40).Select(i => $"req_{i}"), ignoreOrder: true);
        await database.ShouldReconcileAsync();
        (await File.ReadAllTextAsync(Path.Combine(database.Options.DataDirectory, "journal", "rejected.jsonl"), Cancellation)).ShouldContain("req_poison");
        ledger.Log.Lines.ShouldContain(line => line.StartsWith("Fatal", StringComparison.Ordinal) && line.Contains("req_poison", StringComparison.Ordinal));
        ledger.Ledger.IsDatabaseAway.ShouldBeFalse();
    }

    [Fact]
    public async Task Record_SqliteIsLocked_IsKeptInTheJournalAndReplayedOnce()
    {
        await using var database = await BooksDatabase.CreateAsync();
        await using var ledger = await RunningLedger.StartAsync(database);
        await ledger.RecordAsync(BooksDatabase.Record("req_before"));
        await using (var other = new SqliteConnection(database.Options.ConnectionString))
        {
            await other.OpenAsync(Cancellation);
            await using var locked = other.BeginTransaction(deferred: false);

            await ledger.RecordAsync(BooksDatabase.Record("req_during"));
            await ledger.RecordAsync(BooksDatabase.Record("req_during_too"));

            ledger.Ledger.IsDatabaseAway.ShouldBeTrue();
            ledger.Ledger.JournalBytes.ShouldBeGreaterThan(0);
            (await database.RecordsAsync()).Select(record => record.RequestId).ShouldBe(["req_before"]);
        }

        await ledger.CommittedAsync("req_during");
        await ledger.CommittedAsync("req_during_too");
        await ledger.RecordAsync(BooksDatabase.Record("req_after"));
        await ledger.CommittedAsync("req_after");

        (await database.RecordsAsync()).Select(record => record.RequestId).ShouldBe(["req_before", "req_during", "req_during_too", "req_after"], ignoreOrder: true);
        await database.ShouldReconcileAsync();
        ledger.Committed.ShouldBeUnique();
    }

    [Fact]
    public async Task Record_PostgresIsKilled_IsKeptInTheJournalAndReplayedOnce()
    {
        await using var server = new PostgresServer();
        await server.InitializeAsync();
        await using var database = await BooksDatabase.OpenAsync(StorageOptions.From(Directory.CreateTempSubdirectory("llmconsole-").FullName, await server.NewDatabaseAsync()));
        await using var ledger = await RunningLedger.StartAsync(database);
        await ledger.RecordAsync(BooksDatabase.Record("req_before"));
        var underWay = Enumerable.Range(0, 500).Select(i => BooksDatabase.Record($"req_{i}")).ToArray();
        var recording = ledger.RecordAsync(underWay);

        await server.KillAsync();
        await recording;
        await ledger.RecordAsync(BooksDatabase.Record("req_during"));
        ledger.Ledger.IsDatabaseAway.ShouldBeTrue();
        await server.StartAsync();

        await ledger.CommittedAsync("req_during");
        await ledger.RecordAsync(BooksDatabase.Record("req_after"));
        await ledger.CommittedAsync("req_after");
        foreach (var record in underWay) await ledger.CommittedAsync(record.RequestId);
        (await database.RecordsAsync()).Select(record => record.RequestId).ShouldBe(["req_before", .. underWay.Select(record => record.RequestId), "req_during", "req_after"], ignoreOrder: true);
        await database.ShouldReconcileAsync();
    }

    [Fact]
    public async Task Start_OnTheJournalOfAnEarlierProcess_ReplaysItOnceHoweverOften()
    {
        await using var database = await BooksDatabase.CreateAsync();
        var directory = Path.Combine(database.Options.DataDirectory, "journal");
        byte[] written;
        using (var journal = Journals.In(directory))
        {
            journal.TryAppend([BooksDatabase.Record("req_a"), BooksDatabase.Record("req_b")]).ShouldBeTrue();
            written = await File.ReadAllBytesAsync(journal.Seal().Single(), Cancellation);
        }

        for (var times = 0; times < 3; times++)
        {
            await File.WriteAllBytesAsync(Path.Combine(directory, $"usage-again-{times}.jsonl"), written, Cancellation);
            await using var ledger = await RunningLedger.StartAsync(database);

            Directory.EnumerateFiles(directory).ShouldBeEmpty();
            ledger.Committed.Count.ShouldBe(times == 0 ? 2 : 0);
        }

        (await database.RecordsAsync()).Count.ShouldBe(2);
        await database.ShouldReconcileAsync();
    }

    /// <summary>The process dies between setting a record aside and deleting the file that it came from.</summary>
    [Fact]
    public async Task Start_APoisonRecordThatAnEarlierProcessSetAside_IsNotSetAsideAgain()
    {
        await using var database = await BooksDatabase.CreateAsync();
        var directory = Path.Combine(database.Options.DataDirectory, "journal");
        byte[] written;
        using (var journal = Journals.In(directory))
        {
            journal.TryAppend([BooksDatabase.Record("req_good"), BooksDatabase.Record("req_poison") with { OutputTokens = -1, ReasoningTokens = -1 }]).ShouldBeTrue();
            written = await File.ReadAllBytesAsync(journal.Seal().Single(), Cancellation);
        }

        for (var times = 0; times < 3; times++)
        {
            await File.WriteAllBytesAsync(Path.Combine(directory, "usage-again.jsonl"), written, Cancellation);
            await using var ledger = await RunningLedger.StartAsync(database);
            File.Exists(Path.Combine(directory, "usage-again.jsonl")).ShouldBeFalse();
        }

        (await database.RecordsAsync()).ShouldHaveSingleItem().RequestId.ShouldBe("req_good");
        (await File.ReadAllLinesAsync(Path.Combine(directory, "rejected.jsonl"), Cancellation)).ShouldHaveSingleItem().ShouldContain("req_poison");
    }

    [Fact]
    public async Task Record_AfterTheWriterStopped_IsFoundByTheNextStart()
    {
        await using var database = await BooksDatabase.CreateAsync();
        await using (var ledger = await RunningLedger.StartAsync(database))
        {
            await ledger.Ledger.StopAsync(Cancellation);
            await ledger.RecordAsync(BooksDatabase.Record("req_late"));
        }

        await using var next = await RunningLedger.StartAsync(database);

        (await database.RecordsAsync()).Select(record => record.RequestId).ShouldBe(["req_late"]);
    }
}
