using System.Text.Json;
using System.Text.Json.Serialization;
using LlmConsole.Core.Storage;

namespace LlmConsole.Core.Configuration;

/// <summary>The one way to change the configuration: validates, saves, audits and announces, all or nothing.</summary>
public sealed class ConfigurationEditor(DatabaseConnections connections, ConfigurationStore store, TimeProvider time)
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
        await using var connection = await connections.OpenAsync(cancellation);
        await RowOf(Entry(actor, action, objectKind, objectId, objectName, before, after)).InsertAsync(connection, cancellation);
    }

    /// <summary>Adds the record of an act to what is about to be saved, so that neither is there without the other.</summary>
    public void Audit(LlmConsoleDbContext db, Actor actor, string action, string objectKind, string objectId, string objectName, object? before, object? after) =>
        db.Add(Entry(actor, action, objectKind, objectId, objectName, before, after));

    private async Task<bool> TrySaveAsync(Actor actor, ConfigurationSnapshot before, ConfigurationSnapshot after, IReadOnlyList<Change> changes, CancellationToken cancellation)
    {
        await using var connection = await connections.OpenAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        if (connections.IsPostgres) await transaction.EndWhenAsleepAsync(cancellation);
        if (await connection.ExecuteAsync($"UPDATE configuration_revision SET value = {after.Revision} WHERE value = {before.Revision}", cancellation) == 0) return false;
        await ConfigurationWriter.WriteAsync(connection, before, changes, cancellation);
        foreach (var (item, isDelete) in changes)
        {
            var previous = before.Find(item);
            var action = isDelete ? "delete" : previous is null ? "create" : "update";
            await RowOf(Entry(actor, action, EditFeed.KindOf(item), item.Id, item.Name, previous, isDelete ? null : item)).InsertAsync(connection, cancellation);
        }

        await EditFeed.RecordAsync(connection, after, changes, cancellation);
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

    private static RowWriter RowOf(AuditEntry entry) => new RowWriter("audit_entries")
        .Text("id", entry.Id).Instant("at", entry.At).Text("actor_kind", entry.ActorKind).Text("actor_id", entry.ActorId).Text("actor_name", entry.ActorName).Text("address", entry.Address)
        .Text("action", entry.Action).Text("object_kind", entry.ObjectKind).Text("object_id", entry.ObjectId).Text("object_name", entry.ObjectName).Text("before", entry.Before).Text("after", entry.After);
}
