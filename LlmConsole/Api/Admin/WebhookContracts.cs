using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json.Serialization;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Webhooks;

namespace LlmConsole.Api.Admin;

/// <summary>A new endpoint.</summary>
internal sealed record WebhookBody
{
    /// <summary>The tenant's name or id; null or not sent for an endpoint of the gateway, which gets events of all tenants.</summary>
    public Optional<string> Tenant { get; init; }

    /// <summary>Where events go: an http or https URL.</summary>
    public Optional<string> Url { get; init; }

    /// <summary><c>standard</c> sends signed JSON; <c>slack</c> sends sentences to a chat channel.</summary>
    public Optional<WebhookFormat> Format { get; init; }

    /// <summary>Types of events such as <c>job.failed</c>, or groups such as <c>job.*</c>.</summary>
    public Optional<IReadOnlyList<string?>> Events { get; init; }

    public WebhookDraft ToDraft(ConfigurationSnapshot snapshot) =>
        new(Tenant.Value is { } tenant ? snapshot.FindTenant(tenant)?.Id ?? "" : null, Url.Value, Format.Or(WebhookFormat.Standard), Events.Value?.Texts() ?? []);
}

/// <summary>What can be changed of an endpoint.</summary>
internal sealed record WebhookPatch
{
    public Optional<string> Url { get; init; }
    public Optional<IReadOnlyList<string?>> Events { get; init; }

    /// <summary>False stops deliveries; true takes them up again, those that wait included.</summary>
    public Optional<bool> Enabled { get; init; }

    public WebhookChange ToChange() => new()
    {
        Url = Url.IsSent ? Url.Value ?? "" : null, Events = Events.IsSent ? Events.Value?.Texts() ?? [] : null, Enabled = Enabled.IsSent ? Enabled.Value : null,
    };
}

/// <summary>How a secret is rotated.</summary>
internal sealed record WebhookRotate
{
    /// <summary>How long deliveries are also signed with the old secret, in seconds: 0 to 2,592,000 (30 days), 86,400 (a day) if it isn't sent.</summary>
    public Optional<int> OverlapSeconds { get; init; }

    public TimeSpan Overlap => TimeSpan.FromSeconds(OverlapSeconds.Or(86_400));
}

/// <summary>An endpoint as it is answered. The secret is never among it.</summary>
internal record WebhookView
{
    public string Object { get; } = "webhook";
    public required string Id { get; init; }

    /// <summary>The tenant's name; null for an endpoint of the gateway.</summary>
    public string? Tenant { get; init; }
    public string? TenantId { get; init; }

    /// <summary>Of a chat channel, whose address is its secret, only the host.</summary>
    public required string Url { get; init; }
    public WebhookFormat Format { get; init; }
    public required IReadOnlyList<string> Events { get; init; }
    public bool Enabled { get; init; }
    public string? DisabledReason { get; init; }
    public DateTimeOffset? DisabledAt { get; init; }

    /// <summary>Until when deliveries carry a second signature, by the secret before the last rotation.</summary>
    public DateTimeOffset? PreviousSecretUntil { get; init; }
    public DateTimeOffset CreatedAt { get; init; }

    public static WebhookView From(WebhookEndpoint endpoint, ConfigurationSnapshot snapshot, DateTimeOffset now) => new()
    {
        Id = endpoint.Id,
        Tenant = endpoint.TenantId is { } tenant ? snapshot.Tenants.GetValueOrDefault(tenant)?.Name : null,
        TenantId = endpoint.TenantId,
        Url = endpoint.Url.OriginalString,
        Format = endpoint.Format,
        Events = endpoint.Events,
        Enabled = endpoint.IsEnabled,
        DisabledReason = endpoint.DisabledReason,
        DisabledAt = endpoint.DisabledAt,
        PreviousSecretUntil = endpoint.PreviousSecretUntil > now ? endpoint.PreviousSecretUntil : null,
        CreatedAt = endpoint.CreatedAt,
    };
}

/// <summary>An endpoint with its secret: the only time that it is shown.</summary>
internal sealed record IssuedWebhookView : WebhookView
{
    [SetsRequiredMembers]
    public IssuedWebhookView(WebhookView view, string? secret) : base(view) => Secret = secret;

    /// <summary>What deliveries are signed with; null for a chat channel. Keep it now; it can't be shown again.</summary>
    [JsonPropertyOrder(1)]
    public string? Secret { get; }
}

/// <summary>An event on its way to an endpoint.</summary>
internal record DeliveryView
{
    public string Object { get; } = "delivery";
    public required string Id { get; init; }

    /// <summary>The <c>webhook-id</c>, the same at every attempt.</summary>
    public required string MessageId { get; init; }
    public required string WebhookId { get; init; }
    public required string Event { get; init; }

    /// <summary>The id of what it is about, such as a job.</summary>
    public string? Subject { get; init; }
    public DeliveryState Status { get; init; }
    public int Attempts { get; init; }

    /// <summary>When the next attempt is due; null when there is none.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }
    public int? LastStatus { get; init; }
    public string? LastError { get; init; }
    public DateTimeOffset? LastAttemptAt { get; init; }
    public DateTimeOffset CreatedAt { get; init; }

    public static DeliveryView From(Delivery delivery) => new()
    {
        Id = delivery.Id,
        MessageId = delivery.MessageId,
        WebhookId = delivery.EndpointId,
        Event = delivery.EventType,
        Subject = delivery.SubjectId,
        Status = delivery.State,
        Attempts = delivery.Attempts,
        NextAttemptAt = delivery.State == DeliveryState.Pending ? delivery.NextAt : null,
        LastStatus = delivery.LastStatus,
        LastError = delivery.LastError,
        LastAttemptAt = delivery.LastAt,
        CreatedAt = delivery.CreatedAt,
    };
}

/// <summary>A delivery with what was sent and what came back.</summary>
internal sealed record DeliveryDetailsView : DeliveryView
{
    [SetsRequiredMembers]
    public DeliveryDetailsView(Delivery delivery, IEnumerable<DeliveryAttempt> attempts) : base(DeliveryView.From(delivery)) =>
        (Body, Log) = (Encoding.UTF8.GetString(delivery.Body), [.. attempts.Select(AttemptView.From)]);

    /// <summary>The body as it is sent.</summary>
    [JsonPropertyOrder(1)]
    public string Body { get; }

    /// <summary>The attempts, newest first.</summary>
    [JsonPropertyOrder(2)]
    public IReadOnlyList<AttemptView> Log { get; }
}

/// <summary>One attempt to deliver.</summary>
/// <param name="Status">The receiver's status; null when it didn't answer.</param>
/// <param name="ResponseStart">The beginning of the answer, at most 1,024 bytes.</param>
internal sealed record AttemptView(
    int Number, DateTimeOffset At, double DurationMs, int? Status, string? Error, IReadOnlyList<HeaderLine> RequestHeaders, IReadOnlyList<HeaderLine> ResponseHeaders, string? ResponseStart)
{
    public static AttemptView From(DeliveryAttempt attempt) =>
        new(attempt.Number, attempt.At, Math.Round(attempt.DurationMs, 1), attempt.Status, attempt.Error, attempt.RequestHeaders, attempt.ResponseHeaders, attempt.ResponseStart);
}
