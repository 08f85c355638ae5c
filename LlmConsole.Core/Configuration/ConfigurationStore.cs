using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Configuration;

/// <summary>Holds the current snapshot and tells when it changes.</summary>
public sealed class ConfigurationStore(DatabaseConnections connections, IDbContextFactory<LlmConsoleDbContext> contexts)
{
    private ConfigurationSnapshot _current = ConfigurationSnapshot.Empty;

    /// <summary>Raised after the snapshot was swapped, on the thread that swapped it: handlers must be short.</summary>
    public event Action<ConfigurationSnapshot>? Changed;

    public ConfigurationSnapshot Current => Volatile.Read(ref _current);

    /// <summary>Reads what was edited since the current snapshot, or everything when that can't be told, as when the database was replaced by an older one; a no-op when the revision is the current one.</summary>
    public async Task ReloadAsync(CancellationToken cancellation)
    {
        var known = Current;
        if (known.EditId is null || await FollowAsync(known, cancellation) is not { } next) next = await ConfigurationReader.ReadAsync(connections, cancellation);
        if (next.Revision < known.Revision) GoBack(known, next);
        else if (next.Revision != known.Revision || next.Revision == 0) Publish(next);
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

    private async Task<ConfigurationSnapshot?> FollowAsync(ConfigurationSnapshot known, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellation);
        var revision = await db.Set<ConfigurationRevision>().Select(row => row.Value).SingleAsync(cancellation);
        return revision == known.Revision ? known : await EditFeed.FollowAsync(db, known, revision, cancellation);
    }
}

/// <summary>The single row that counts changes, so that instances notice each other's edits and edits notice each other.</summary>
public sealed record ConfigurationRevision
{
    public int Id { get; init; } = 1;
    public long Value { get; init; }
}
