using System.Text.Json;
using System.Text.Json.Nodes;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Webhooks;

/// <summary>Something happened that others want to hear of.</summary>
/// <param name="Type">One of <see cref="EventTypes"/>.</param>
/// <param name="TenantId">Whom it concerns; none for the gateway itself.</param>
/// <param name="SubjectId">The id of what it is about.</param>
/// <param name="Data">What the body says about it.</param>
/// <param name="Sentence">The same in words, for chat channels.</param>
public sealed record WebhookEvent(string Type, string? TenantId, string? SubjectId, JsonObject Data, string Sentence)
{
    /// <summary>An endpoint that gets it whatever it takes otherwise.</summary>
    public string? AlsoTo { get; init; }

    /// <summary>Ids of the endpoints that alone get it, whatever they take otherwise; none for all that take it.</summary>
    public IReadOnlyList<string> OnlyTo { get; init; } = [];
}

/// <summary>
/// Puts events into the database, one row for each endpoint that takes them. Whoever causes an event adds it in the transaction that is the
/// cause, so that neither can be there without the other.
/// </summary>
internal sealed class WebhookOutbox(IDbContextFactory<LlmConsoleDbContext> contexts, ConfigurationStore store, WebhookBell bell, TimeProvider time)
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Adds the deliveries to a context, to be saved by the caller. A disabled endpoint gets none.</summary>
    public void Add(LlmConsoleDbContext db, WebhookEvent happened)
    {
        var message = Ids.New("msg", time);
        foreach (var endpoint in store.Current.Webhooks.Values)
        {
            if (endpoint.Gets(happened.Type, happened.TenantId, happened.OnlyTo) || (endpoint.IsEnabled && endpoint.Id == happened.AlsoTo)) db.Add(New(endpoint, happened, message));
        }
    }

    /// <summary>Puts an event that has no transaction of its own into the database.</summary>
    public async Task PublishAsync(WebhookEvent happened, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        Add(db, happened);
        await db.SaveChangesAsync(cancellation);
        Committed();
    }

    /// <summary>What was added is in the database now.</summary>
    public void Committed() => bell.Ring();

    /// <summary>The delivery of an event to one endpoint.</summary>
    public Delivery New(WebhookEndpoint endpoint, WebhookEvent happened, string? message = null)
    {
        var now = time.GetUtcNow();
        return new Delivery
        {
            Id = Ids.New("dlv", time), MessageId = message ?? Ids.New("msg", time), EndpointId = endpoint.Id, TenantId = happened.TenantId, EventType = happened.Type, SubjectId = happened.SubjectId,
            Body = Body(endpoint.Format, happened, now), State = DeliveryState.Pending, NextAt = now, LeaseUntil = now, CreatedAt = now,
        };
    }

    private static byte[] Body(WebhookFormat format, WebhookEvent happened, DateTimeOffset now) => JsonSerializer.SerializeToUtf8Bytes(
        format == WebhookFormat.Slack
            ? new JsonObject { ["text"] = SlackText(happened.Sentence) }
            : new JsonObject { ["type"] = happened.Type, ["timestamp"] = now.UtcDateTime, ["data"] = happened.Data.DeepClone() },
        Json);

    /// <summary>These three would be read as markup.</summary>
    private static string SlackText(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
}
