using System.Text.Json;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LlmConsole.Api.Admin;

/// <summary>One change that somebody made.</summary>
internal sealed record AuditView
{
    public string Object { get; } = "audit_entry";
    public required string Id { get; init; }
    public DateTimeOffset At { get; init; }
    public required AuditActorView Actor { get; init; }

    /// <summary><c>create</c>, <c>update</c>, <c>delete</c>, or a verb such as <c>sign-in.locked</c>.</summary>
    public required string Action { get; init; }
    public required AuditTargetView Target { get; init; }

    /// <summary>The object before, without secrets; null for something new.</summary>
    public JsonElement? Before { get; init; }

    /// <summary>The object after, without secrets; null for something deleted.</summary>
    public JsonElement? After { get; init; }

    public static AuditView From(AuditEntry entry) => new()
    {
        Id = entry.Id,
        At = entry.At,
        Actor = new AuditActorView(entry.ActorKind, entry.ActorId, entry.ActorName, entry.Address),
        Action = entry.Action,
        Target = new AuditTargetView(entry.ObjectKind, entry.ObjectId, entry.ObjectName),
        Before = Json(entry.Before),
        After = Json(entry.After),
    };

    private static JsonElement? Json(string? text) => text is null ? null : JsonElement.Parse(text);
}

/// <summary>Who made a change, and from which network address.</summary>
internal sealed record AuditActorView(string Kind, string Id, string Name, string? Address);

/// <summary>What was changed.</summary>
internal sealed record AuditTargetView(string Kind, string Id, string Name);

internal static class AuditEndpoints
{
    private const string About = "An audit entry is one change that somebody made: who, when, from where, before and after, without secrets.";
    private const string Example =
        """{"object":"audit_entry","id":"aud_01kb2he1t6w8z0c2v4b7n9m3qd","at":"2027-01-31T09:36:00Z","actor":{"kind":"user","id":"usr_01kb2h0000000000000000000a","name":"owner@example.com","address":"192.0.2.10"},"action":"update","target":{"kind":"tier","id":"tier_01kb2h7v3mf4ktsx5w0q8r6cna","name":"Team"},"before":{"name":"Team","requestsPerMinute":600},"after":{"name":"Team","requestsPerMinute":1200}}""";

    private static readonly string[] Filters = ["actor", "action", "kind", "target", "from", "to"];

    public static void MapAudit(this RouteGroupBuilder admin)
    {
        admin.MapGet("audit", ListAsync).WithMetadata(new OperationDoc("list-audit", "List audit entries", $"{About} Newest first. actor and target are ids, kind is the target's kind; from is inclusive, to exclusive.")
        {
            Tag = "Admin: audit", IsList = true, Filters = Filters, Response = $$"""{"object":"list","data":[{{Example}}],"has_more":false,"next":null}""",
        });

        admin.MapGet("audit/{id}", GetAsync).WithMetadata(new OperationDoc("get-audit-entry", "Get one audit entry", About) { Tag = "Admin: audit", Response = Example });
    }

    private static async Task<Ok<Page<AuditView>>> ListAsync(HttpRequest request, AuditQueries audit, CancellationToken cancellation)
    {
        var query = new Query(request, Filters);
        var filter = new AuditFilter
        {
            ActorId = query.Text("actor"),
            Action = query.Text("action"),
            ObjectKind = query.Text("kind"),
            ObjectId = query.Text("target"),
            From = query.Time("from"),
            To = query.Time("to"),
        };
        var page = await audit.PageAsync(filter, query.Limit, query.After, cancellation);
        return TypedResults.Ok(new Page<AuditView>([.. page.Entries.Select(AuditView.From)], page.Next));
    }

    private static async Task<Ok<AuditView>> GetAsync(string id, AuditQueries audit, CancellationToken cancellation) =>
        await audit.FindAsync(id, cancellation) is { } entry
            ? TypedResults.Ok(AuditView.From(entry))
            : throw new RefusalException(ErrorCode.NotFound, $"There is no audit entry {id}.");
}
