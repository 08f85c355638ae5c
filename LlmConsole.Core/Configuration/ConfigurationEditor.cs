using System.Text.Json;
using System.Text.Json.Serialization;
using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Configuration;

/// <summary>The one way to change the configuration: validates, saves, audits and announces, all or nothing.</summary>
public sealed class ConfigurationEditor(IDbContextFactory<LlmConsoleDbContext> contexts, ConfigurationStore store, TimeProvider time)
{
    private const int MaxTries = 8;
    private static readonly JsonSerializerOptions AuditJson = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) } };

    /// <summary>
    /// Applies what <paramref name="edit"/> returns for the current snapshot. When another instance changed the configuration meanwhile, the
    /// edit is asked again on the newer snapshot, so it must be a pure function.
    /// </summary>
    /// <exception cref="ConfigurationInvalidException">The result would not be valid; it names every problem and nothing was changed.</exception>
    public async Task<ConfigurationSnapshot> SaveAsync(Actor actor, Func<ConfigurationSnapshot, IReadOnlyList<Change>> edit, CancellationToken cancellation)
    {
        for (var attempt = 0; attempt < MaxTries; attempt++)
        {
            var before = store.Current;
            var changes = edit(before);
            if (changes.Count == 0) return before;

            var after = before.With(changes);
            var problems = ConfigurationValidator.Validate(before, after, changes);
            if (problems.Count > 0) throw new ConfigurationInvalidException(problems);

            if (await TrySaveAsync(actor, before, after, changes, cancellation))
            {
                store.Publish(after);
                return after;
            }

            await store.ReloadAsync(cancellation);
        }

        throw new ConfigurationInvalidException([new Problem("", "The configuration is being changed by others at the same time. Try again.")]);
    }

    /// <inheritdoc cref="SaveAsync(Actor, Func{ConfigurationSnapshot, IReadOnlyList{Change}}, CancellationToken)"/>
    public Task<ConfigurationSnapshot> SaveAsync(Actor actor, Change change, CancellationToken cancellation) => SaveAsync(actor, _ => [change], cancellation);

    /// <summary>Says whether a change could be saved now, without saving it.</summary>
    /// <exception cref="ConfigurationInvalidException">It could not; every problem is named.</exception>
    public void Check(Change change)
    {
        var before = store.Current;
        var problems = ConfigurationValidator.Validate(before, before.With([change]), [change]);
        if (problems.Count > 0) throw new ConfigurationInvalidException(problems);
    }

    /// <summary>Records an act that isn't a change of the configuration, such as a user's lockout.</summary>
    public async Task AuditAsync(Actor actor, string action, string objectKind, string objectId, string objectName, object? before, object? after, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        Audit(db, actor, action, objectKind, objectId, objectName, before, after);
        await db.SaveChangesAsync(cancellation);
    }

    /// <summary>Adds the record of an act to what is about to be saved, so that neither is there without the other.</summary>
    public void Audit(LlmConsoleDbContext db, Actor actor, string action, string objectKind, string objectId, string objectName, object? before, object? after) =>
        db.Add(Entry(actor, action, objectKind, objectId, objectName, before, after));

    private async Task<bool> TrySaveAsync(Actor actor, ConfigurationSnapshot before, ConfigurationSnapshot after, IReadOnlyList<Change> changes, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var claimed = await db.Set<ConfigurationRevision>()
            .Where(revision => revision.Value == before.Revision)
            .ExecuteUpdateAsync(set => set.SetProperty(revision => revision.Value, after.Revision), cancellation);
        if (claimed == 0) return false;

        foreach (var (item, isDelete) in changes)
        {
            var previous = Find(before, item);
            if (isDelete) db.Remove(item);
            else if (previous is null) db.Add(item);
            else db.Update(item);
            var action = isDelete ? "delete" : previous is null ? "create" : "update";
            db.Add(Entry(actor, action, EditFeed.KindOf(item), item.Id, item.Name, previous, isDelete ? null : item));
        }

        db.Add(EditFeed.Record(after, changes));
        await db.SaveChangesAsync(cancellation);
        await EditFeed.ForgetOldAsync(db, after.Revision, cancellation);
        await transaction.CommitAsync(cancellation);
        return true;
    }

    private AuditEntry Entry(Actor actor, string action, string objectKind, string objectId, string objectName, object? before, object? after) => new()
    {
        Id = Ids.New("aud", time),
        At = time.GetUtcNow(),
        ActorKind = actor.Kind,
        ActorId = actor.Id,
        ActorName = actor.Name,
        Address = actor.Address,
        Action = action,
        ObjectKind = objectKind,
        ObjectId = objectId,
        ObjectName = objectName,
        Before = before is null ? null : JsonSerializer.Serialize(before, before.GetType(), AuditJson),
        After = after is null ? null : JsonSerializer.Serialize(after, after.GetType(), AuditJson),
    };

    private static IConfigured? Find(ConfigurationSnapshot snapshot, IConfigured item) => item switch
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
}
