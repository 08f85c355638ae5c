using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Configuration;

/// <summary>Holds the current snapshot and tells when it changes.</summary>
public sealed class ConfigurationStore(IDbContextFactory<LlmConsoleDbContext> contexts)
{
    private ConfigurationSnapshot _current = ConfigurationSnapshot.Empty;

    /// <summary>Raised after the snapshot was swapped, on the thread that swapped it: handlers must be short.</summary>
    public event Action<ConfigurationSnapshot>? Changed;

    public ConfigurationSnapshot Current => Volatile.Read(ref _current);

    /// <summary>Reads what was edited since the current snapshot, or everything when that can't be told, as when the database was replaced by an older one; a no-op when the revision is the current one.</summary>
    public async Task ReloadAsync(CancellationToken cancellation)
    {
        var known = Current;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellation);
        var revision = await db.Set<ConfigurationRevision>().AsNoTracking().SingleAsync(cancellation);
        if (revision.Value == known.Revision && revision.Value != 0) return;
        var next = await EditFeed.FollowAsync(db, known, revision.Value, cancellation) ?? await ReadAllAsync(db, revision.Value, cancellation);
        if (revision.Value < known.Revision) GoBack(known, next);
        else Publish(next);
    }

    /// <summary>What was known had been committed before the database was asked. If it says less now, an older one was put in its place, and what that holds counts.</summary>
    private void GoBack(ConfigurationSnapshot known, ConfigurationSnapshot next)
    {
        if (Interlocked.CompareExchange(ref _current, next, known) == known) Changed?.Invoke(next);
    }

    /// <summary>Swaps the snapshot, unless a newer one is already there.</summary>
    internal void Publish(ConfigurationSnapshot next)
    {
        while (true)
        {
            var current = Current;
            if (next.Revision <= current.Revision && current.Revision != 0) return;
            if (Interlocked.CompareExchange(ref _current, next, current) == current) break;
        }

        Changed?.Invoke(next);
    }

    private static async Task<ConfigurationSnapshot> ReadAllAsync(LlmConsoleDbContext db, long revision, CancellationToken cancellation) =>
        new(
            revision,
            await ReadAsync<Tier>(db, cancellation),
            await ReadAsync<Tenant>(db, cancellation),
            await ReadAsync<ApiKey>(db, cancellation),
            await ReadAsync<Provider>(db, cancellation),
            await ReadAsync<Model>(db, cancellation),
            await ReadAsync<UserLimit>(db, cancellation),
            await ReadAsync<CacheGeneration>(db, cancellation),
            await ReadAsync<WebhookEndpoint>(db, cancellation),
            await ReadAsync<AlertRule>(db, cancellation),
            await EditFeed.EditOfAsync(db, revision, cancellation));

    private static async Task<Dictionary<string, T>> ReadAsync<T>(LlmConsoleDbContext db, CancellationToken cancellation) where T : class, IConfigured =>
        await db.Set<T>().AsNoTracking().ToDictionaryAsync(item => item.Id, cancellation);
}

/// <summary>The single row that counts changes, so that instances notice each other's edits and edits notice each other.</summary>
public sealed record ConfigurationRevision
{
    public int Id { get; init; } = 1;
    public long Value { get; init; }
}
