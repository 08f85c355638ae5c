using System.Runtime.CompilerServices;
using System.Text.Json;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using LlmConsole.Tests.Metering;
using LlmConsole.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace LlmConsole.Tests.Configuration;

/// <summary>Two instances' configurations on one database, which counts the objects of the configuration that are read from it one by one.</summary>
internal sealed class TwoInstances : IAsyncDisposable
{
    private readonly BooksDatabase _database;

    private TwoInstances(BooksDatabase database)
    {
        _database = database;
        Contexts = new CountingContexts(database.Options, this);
        (One, Other) = (NewStore(), NewStore());
    }

    public IDbContextFactory<LlmConsoleDbContext> Contexts { get; }
    public ConfigurationStore One { get; }
    public ConfigurationStore Other { get; }

    /// <summary>How many objects of the configuration were read so far.</summary>
    public int Read { get; private set; }

    public static async Task<TwoInstances> StartAsync(SharedPostgres? postgres = null)
    {
        var instances = new TwoInstances(await BooksDatabase.CreateAsync(postgres));
        await instances.One.ReloadAsync(default);
        await instances.Other.ReloadAsync(default);
        return instances;
    }

    public ConfigurationStore NewStore() => new(_database.Connections, Contexts);

    /// <summary>An edit on one of the instances.</summary>
    public Task SaveAsync(ConfigurationStore store, params IReadOnlyList<Change> changes) => SaveAsync(store, _ => changes);

    public Task SaveAsync(ConfigurationStore store, Func<ConfigurationSnapshot, IReadOnlyList<Change>> edit) => new ConfigurationEditor(_database.Connections, store, TimeProvider.System).SaveAsync(Actor.System, edit, default);

    /// <summary>What the instance holds is what one that starts now reads.</summary>
    public async Task ShouldHoldWhatThereIsAsync(ConfigurationStore store)
    {
        var fresh = NewStore();
        await fresh.ReloadAsync(default);
        Text(store.Current).ShouldBe(Text(fresh.Current));
        foreach (var key in fresh.Current.Keys.Values) store.Current.FindKey(key.Hash).ShouldBe(store.Current.Keys[key.Id]);
        foreach (var limit in fresh.Current.UserLimits.Values) store.Current.FindUserLimit(limit.TenantId, limit.UserId).ShouldBe(store.Current.UserLimits[limit.Id]);
        foreach (var model in fresh.Current.Models.Values) store.Current.FindModel(model.Name).ShouldBe(store.Current.Models[model.Id]);
    }

    /// <summary>Something happens to the database itself.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var db = await Contexts.CreateDbContextAsync();
        await db.Database.ExecuteSqlRawAsync(sql);
    }

    /// <summary>The revisions whose edits left a record that is still there.</summary>
    public async Task<IReadOnlyList<long>> EditsAsync()
    {
        await using var db = await Contexts.CreateDbContextAsync();
        return await db.Set<ConfigurationEdit>().Select(edit => edit.Revision).Order().ToListAsync();
    }

    public async ValueTask DisposeAsync()
    {
        SqliteConnection.ClearAllPools();
        await _database.DisposeAsync();
    }

    private static string Text(ConfigurationSnapshot all) => JsonSerializer.Serialize(new
    {
        all.Revision, Tiers = Sorted(all.Tiers), Tenants = Sorted(all.Tenants), Keys = Sorted(all.Keys), Providers = Sorted(all.Providers), Models = Sorted(all.Models), UserLimits = Sorted(all.UserLimits),
        CacheGenerations = Sorted(all.CacheGenerations), Webhooks = Sorted(all.Webhooks), AlertRules = Sorted(all.AlertRules),
    });

    private static SortedDictionary<string, T> Sorted<T>(IReadOnlyDictionary<string, T> items) => new(items.ToDictionary(), StringComparer.Ordinal);

    private sealed class CountingContexts(StorageOptions options, TwoInstances instances) : IDbContextFactory<LlmConsoleDbContext>
    {
        public LlmConsoleDbContext CreateDbContext()
        {
            LlmConsoleDbContext db = options.IsPostgres
                ? new PostgresContext(new DbContextOptionsBuilder<PostgresContext>().UseNpgsql(options.ConnectionString).AddInterceptors(Counter.Only).Options)
                : new SqliteContext(new DbContextOptionsBuilder<SqliteContext>().UseSqlite(options.ConnectionString).AddInterceptors(Counter.Only).Options);
            Counter.Owners.Add(db, instances);
            return db;
        }
    }

    /// <summary>One for all contexts: Entity Framework keeps services of their own for each that there is.</summary>
    private sealed class Counter : IMaterializationInterceptor
    {
        public static readonly Counter Only = new();
        public static readonly ConditionalWeakTable<DbContext, TwoInstances> Owners = [];

        public object InitializedInstance(MaterializationInterceptionData materializationData, object entity)
        {
            if (entity is IConfigured && Owners.TryGetValue(materializationData.Context, out var instances)) instances.Read++;
            return entity;
        }
    }
}
