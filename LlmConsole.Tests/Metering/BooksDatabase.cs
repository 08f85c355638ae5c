using LlmConsole.Core;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Storage;
using LlmConsole.Core.Wire;
using LlmConsole.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Metering;

/// <summary>A database with the schema and nothing in it, and a data directory that goes away with it.</summary>
internal sealed class BooksDatabase : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private BooksDatabase(StorageOptions options)
    {
        Options = options;
        _services = new ServiceCollection().AddStorage(options).BuildServiceProvider();
    }

    public StorageOptions Options { get; }
    public DatabaseConnections Connections => _services.GetRequiredService<DatabaseConnections>();
    public IDbContextFactory<LlmConsoleDbContext> Contexts => _services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<BooksDatabase> CreateAsync(SharedPostgres? postgres = null)
    {
        var connection = postgres is null ? null : await postgres.NewDatabaseAsync();
        var directory = Directory.CreateTempSubdirectory("llmconsole-").FullName;
        if (postgres is null) await FreshDatabase.PutAsync(directory);
        return await OpenAsync(StorageOptions.From(directory, connection));
    }

    /// <summary>One that may hold something already, as the app would start on it.</summary>
    public static async Task<BooksDatabase> OpenAsync(StorageOptions options)
    {
        var database = new BooksDatabase(options);
        await database._services.GetRequiredService<DatabaseStartup>().PrepareAsync(Cancellation);
        return database;
    }

    /// <summary>A record of an answered, priced call; change what matters with <c>with</c>.</summary>
    public static UsageRecord Record(string id, DateTimeOffset? at = null) => new()
    {
        RequestId = id, StartedAt = at ?? new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero), TenantId = "ten_a", KeyId = "key_a", ModelAsked = "m", ModelServed = "m", ProviderId = "prv", ProviderModel = "m-1",
        Attempts = 1, Outcome = Outcome.Answered, Status = 200, InputTokens = 5, CachedInputTokens = 3, CacheWriteTokens = 2, OutputTokens = 7, ReasoningTokens = 1, UsageSource = UsageSource.Provider,
        PriceVersion = 1, Cost = new Usd(1_001), DurationMs = 12.3456, FirstTokenMs = 3.21,
    };

    public async Task<IReadOnlyList<UsageRecord>> RecordsAsync()
    {
        await using var db = await Contexts.CreateDbContextAsync(Cancellation);
        return await db.Set<UsageRecord>().AsNoTracking().OrderBy(record => EF.Property<long>(record, "Sequence")).ToListAsync(Cancellation);
    }

    public async Task<IReadOnlyList<UsageRollup>> RollupsAsync()
    {
        await using var db = await Contexts.CreateDbContextAsync(Cancellation);
        return await db.Set<UsageRollup>().AsNoTracking().ToListAsync(Cancellation);
    }

    /// <summary>Holds every sum of the roll-ups against the same sum over the records, label by label.</summary>
    public async Task ShouldReconcileAsync() => Reconciliation.Holds(await RecordsAsync(), await RollupsAsync());

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        Directory.Delete(Options.DataDirectory, recursive: true);
    }
}
