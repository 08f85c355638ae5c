using LlmConsole.Core.Chat;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;
using LlmConsole.Core.Metering;
using LlmConsole.Tests.Caching;
using LlmConsole.Tests.Metering;
using LlmConsole.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Chat;

public sealed class SpendHistoryTests
{
    private static readonly LimitScope Tenant = new(ScopeKind.Tenant, "ten_a", "Acme", default, []);
    private static readonly LimitScope OtherKey = new(ScopeKind.Key, "key_b", "The key b", default, []);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Spent_WhileCallsWaitInTheJournal_CountsThemOnce()
    {
        await using var database = await BooksDatabase.CreateAsync();
        await using var ledger = await RunningLedger.StartAsync(database);
        var history = new SpendHistory(new SpendQueries(database.Connections), ledger.Ledger, new ConfigurationStore(database.Connections, database.Contexts), TimeProvider.System, NullLogger<SpendHistory>.Instance);
        var caughtUp = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        history.CaughtUp += tenant => caughtUp.TrySetResult(tenant);
        await ledger.RecordAsync(BooksDatabase.Record("req_before"));
        await using (var other = new SqliteConnection(database.Options.ConnectionString))
        {
            await other.OpenAsync(Cancellation);
            await using var locked = other.BeginTransaction(deferred: false);
            await ledger.RecordAsync(BooksDatabase.Record("req_during"), BooksDatabase.Record("req_running"), BooksDatabase.Record("req_early", DateTimeOffset.UnixEpoch));

            (await SpentAsync(Tenant)).ShouldBe(2 * 1_001);
            (await SpentAsync(OtherKey)).ShouldBe(0);
        }

        (await caughtUp.Task.WaitAsync(Cancellation)).ShouldBe("ten_a");
        (await SpentAsync(Tenant)).ShouldBe(2 * 1_001);

        ValueTask<long?> SpentAsync(LimitScope scope) => history.SpentAsync("ten_a", scope, QuotaUnit.Usd, UsageRecords.Noon.AddDays(-1), ["req_running"], Cancellation);
    }

    [Fact]
    public async Task Spent_WhileCallsWaitInMemoryAlone_CountsThoseThatWereLetGo()
    {
        await using var database = await BooksDatabase.CreateAsync();
        var time = new FakeTimeProvider(UsageRecords.Noon);
        await using var ledger = await RunningLedger.StartAsync(database, new LedgerOptions { JournalMaxBytes = 0 }, time);
        var history = new SpendHistory(new SpendQueries(database.Connections), ledger.Ledger, new ConfigurationStore(database.Connections, database.Contexts), TimeProvider.System, NullLogger<SpendHistory>.Instance);
        var spent = new List<long?>();
        await using (var other = new SqliteConnection(database.Options.ConnectionString))
        {
            await other.OpenAsync(Cancellation);
            await using var locked = other.BeginTransaction(deferred: false);
            var recording = ledger.Ledger.RecordAsync(BooksDatabase.Record("req_a"));
            spent.Add(await SpentAsync());
            await AdvanceUntilAsync(() => recording.IsCompleted);
            spent.Add(await SpentAsync());
        }

        var committed = ledger.CommittedAsync("req_a");
        await AdvanceUntilAsync(() => committed.IsCompleted);
        spent.Add(await SpentAsync());

        // While it runs, who asks counts it; it is counted here from the moment at which it was let go.
        spent.ShouldBe([0, 1_001, 1_001]);

        Task AdvanceUntilAsync(Func<bool> condition) => CachedModel.UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return condition();
        });

        ValueTask<long?> SpentAsync() => history.SpentAsync("ten_a", Tenant, QuotaUnit.Usd, UsageRecords.Noon.AddDays(-1), [], Cancellation);
    }

    /// <summary>As the app puts it together. After an outage it may take minutes until the database has all that waits.</summary>
    [Fact]
    public async Task Spent_WhileTheBooksCatchUp_IsKnownAllTheSame()
    {
        await using var app = await RunningApp.StartAsync();
        await using var other = new SqliteConnection($"Data Source={Path.Combine(app.DataDirectory, "llmconsole.db")}");
        await other.OpenAsync(Cancellation);
        await using var locked = other.BeginTransaction(deferred: false);
        await app.Services.GetRequiredService<UsageLedger>().RecordAsync(BooksDatabase.Record("req_waiting"));

        var spent = await app.Services.GetRequiredService<ISpendHistory>().SpentAsync("ten_a", Tenant, QuotaUnit.Usd, UsageRecords.Noon.AddDays(-1), [], Cancellation);

        spent.ShouldBe(1_001);
    }

    [Fact]
    public async Task Spent_BooksUnreadable_IsUnknown()
    {
        await using var database = await BooksDatabase.CreateAsync();
        await using var ledger = await RunningLedger.StartAsync(database);
        await using (var other = new SqliteConnection(database.Options.ConnectionString))
        {
            await other.OpenAsync(Cancellation);
            await using var drop = other.CreateCommand();
            drop.CommandText = "DROP TABLE usage_rollups";
            await drop.ExecuteNonQueryAsync(Cancellation);
        }

        var history = new SpendHistory(new SpendQueries(database.Connections), ledger.Ledger, new ConfigurationStore(database.Connections, database.Contexts), TimeProvider.System, NullLogger<SpendHistory>.Instance);

        (await history.SpentAsync("ten_a", Tenant, QuotaUnit.Tokens, UsageRecords.Noon, [], Cancellation)).ShouldBeNull();
    }
}
