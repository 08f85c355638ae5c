using System.Data.Common;
using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Configuration;

/// <summary>
/// What others edited since a snapshot was made, by the records that edits leave. The records only say which objects were touched; what they are now is read from
/// their tables. Where the records don't lead from the snapshot to now without a gap, as after an edit by an older version, everything has to be read.
/// </summary>
internal static class EditFeed
{
    /// <summary>Beyond so many objects reading everything is as good.</summary>
    internal const int MostObjects = 1_000;

    /// <summary>So many edits are kept. An instance looks every two seconds.</summary>
    internal const int Kept = 1_000;

    /// <summary>Writes the record of the edit that made a snapshot, inside its transaction, and forgets old ones.</summary>
    public static async Task RecordAsync(DbConnection connection, ConfigurationSnapshot after, IReadOnlyList<Change> changes, CancellationToken cancellation)
    {
        IReadOnlyList<EditedObject>? objects = changes.Count > MostObjects ? null : [.. changes.Select(change => new EditedObject(KindOf(change.Item), change.Item.Id))];
        await new RowWriter("configuration_edits").Number("revision", after.Revision).Text("id", after.EditId).Json("objects", objects).InsertAsync(connection, cancellation);
        await connection.ExecuteAsync($"DELETE FROM configuration_edits WHERE revision <= {after.Revision - Kept}", cancellation);
    }

    /// <summary>The snapshot of a later revision, the one that the database holds; none when the records don't tell.</summary>
    public static async Task<ConfigurationSnapshot?> FollowAsync(LlmConsoleDbContext db, ConfigurationSnapshot known, long revision, CancellationToken cancellation)
    {
        if (known.EditId is null || revision <= known.Revision || revision - known.Revision >= Kept) return null;
        var edits = await db.Set<ConfigurationEdit>().AsNoTracking().Where(edit => edit.Revision >= known.Revision && edit.Revision <= revision).OrderBy(edit => edit.Revision).ToListAsync(cancellation);
        if (edits.Count != revision - known.Revision + 1 || edits[0].Id != known.EditId) return null;

        var touched = new HashSet<EditedObject>();
        foreach (var edit in edits.Skip(1))
        {
            if (edit.Objects is null) return null;
            touched.UnionWith(edit.Objects);
            if (touched.Count > MostObjects) return null;
        }

        var changes = new List<Change>();
        foreach (var kind in touched.GroupBy(item => item.Kind, item => item.Id))
        {
            if (await ReadAsync(db, known, kind.Key, [.. kind], cancellation) is not { } some) return null;
            changes.AddRange(some);
        }

        return known.With(changes, revision, edits[^1].Id);
    }

    /// <summary>The object of its kind that has its id in a snapshot, or none.</summary>
    public static IConfigured? Find(this ConfigurationSnapshot snapshot, IConfigured item) => item switch
    {
        Tier => snapshot.Tiers.GetValueOrDefault(item.Id),
        Tenant => snapshot.Tenants.GetValueOrDefault(item.Id),
        ApiKey => snapshot.Keys.GetValueOrDefault(item.Id),
        Provider => snapshot.Providers.GetValueOrDefault(item.Id),
        Model => snapshot.Models.GetValueOrDefault(item.Id),
        UserLimit => snapshot.UserLimits.GetValueOrDefault(item.Id),
        AlertRule => snapshot.AlertRules.GetValueOrDefault(item.Id),
        WebhookEndpoint => snapshot.Webhooks.GetValueOrDefault(item.Id),
        CacheGeneration => snapshot.CacheGenerations.GetValueOrDefault(item.Id),
        _ => throw new ArgumentException($"{item.GetType().Name} is not part of the configuration.", nameof(item)),
    };

    /// <summary>The name of an object's kind, in records of edits and in the audit log.</summary>
    public static string KindOf(IConfigured item) => item switch
    {
        Tier => "tier",
        Tenant => "tenant",
        ApiKey => "key",
        Provider => "provider",
        Model => "model",
        UserLimit => "user-limit",
        CacheGeneration => "cache-generation",
        WebhookEndpoint => "webhook",
        AlertRule => "alert-rule",
        _ => throw new ArgumentException($"{item.GetType().Name} is not part of the configuration.", nameof(item)),
    };

    /// <summary>What became of these objects; none for a kind that only a newer version knows.</summary>
    private static async Task<IEnumerable<Change>?> ReadAsync(LlmConsoleDbContext db, ConfigurationSnapshot known, string kind, List<string> ids, CancellationToken cancellation) => kind switch
    {
        "tier" => await ReadAsync(db, known.Tiers, ids, cancellation),
        "tenant" => await ReadAsync(db, known.Tenants, ids, cancellation),
        "key" => await ReadAsync(db, known.Keys, ids, cancellation),
        "provider" => await ReadAsync(db, known.Providers, ids, cancellation),
        "model" => await ReadAsync(db, known.Models, ids, cancellation),
        "user-limit" => await ReadAsync(db, known.UserLimits, ids, cancellation),
        "cache-generation" => await ReadAsync(db, known.CacheGenerations, ids, cancellation),
        "webhook" => await ReadAsync(db, known.Webhooks, ids, cancellation),
        "alert-rule" => await ReadAsync(db, known.AlertRules, ids, cancellation),
        _ => null,
    };

    /// <summary>What isn't in its table any more was removed.</summary>
    private static async Task<IEnumerable<Change>> ReadAsync<T>(LlmConsoleDbContext db, IReadOnlyDictionary<string, T> known, List<string> ids, CancellationToken cancellation) where T : class, IConfigured
    {
        var there = await db.Set<T>().AsNoTracking().Where(item => ids.Contains(item.Id)).ToListAsync(cancellation);
        var gone = ids.Except(there.Select(item => item.Id)).Where(known.ContainsKey).Select(id => Change.Delete(known[id]));
        return there.Select(item => Change.Put(item)).Concat(gone);
    }
}
