using LlmConsole.Core.Configuration;

namespace LlmConsole.Core.Webhooks;

/// <summary>An endpoint as somebody asks for it.</summary>
/// <param name="Url">The whole address, also of a chat channel.</param>
public sealed record WebhookDraft(string? TenantId, string? Url, WebhookFormat Format, IReadOnlyList<string> Events);

/// <summary>What is to change of an endpoint; what is null stays.</summary>
public sealed record WebhookChange
{
    public string? Url { get; init; }
    public IReadOnlyList<string>? Events { get; init; }
    public bool? Enabled { get; init; }
}

/// <summary>An endpoint with the secret that is shown now and never again; none for a chat channel.</summary>
public sealed record IssuedWebhook(WebhookEndpoint Endpoint, string? Secret);

/// <summary>Creates and changes endpoints through the editor. An address is looked up before it is saved, and again whenever something is sent.</summary>
public sealed class WebhookEdits
{
    public static readonly TimeSpan LongestOverlap = TimeSpan.FromDays(30);

    private readonly ConfigurationEditor _editor;
    private readonly ISecretProtector _secrets;
    private readonly OutboundGate _gate;
    private readonly WebhookBell _bell;
    private readonly TimeProvider _time;

    internal WebhookEdits(ConfigurationEditor editor, ISecretProtector secrets, OutboundGate gate, WebhookBell bell, TimeProvider time) =>
        (_editor, _secrets, _gate, _bell, _time) = (editor, secrets, gate, bell, time);

    /// <exception cref="ConfigurationInvalidException">It names every problem; nothing was saved.</exception>
    public async Task<IssuedWebhook> CreateAsync(Actor actor, WebhookDraft draft, CancellationToken cancellation)
    {
        var address = await VetAsync(draft.Url, cancellation);
        var secret = draft.Format == WebhookFormat.Slack ? null : WebhookSignature.NewSecret();
        var endpoint = At(new WebhookEndpoint
        {
            Id = Ids.New("whk", _time), TenantId = draft.TenantId, Url = address, Format = draft.Format, Events = draft.Events,
            ProtectedSecret = secret is null ? "" : _secrets.Protect(SecretPurpose.Webhook, secret), CreatedAt = _time.GetUtcNow(),
        }, address);
        await _editor.SaveAsync(actor, Change.Put(endpoint), cancellation);
        return new IssuedWebhook(endpoint, secret);
    }

    /// <inheritdoc cref="CreateAsync"/>
    public async Task<WebhookEndpoint> ChangeAsync(Actor actor, WebhookEndpoint endpoint, WebhookChange change, CancellationToken cancellation)
    {
        var address = change.Url is null ? null : await VetAsync(change.Url, cancellation);
        var after = await _editor.SaveAsync(actor, snapshot =>
        {
            if (snapshot.Webhooks.GetValueOrDefault(endpoint.Id) is not { } current) return [];
            var changed = address is null || (current.Format == WebhookFormat.Standard && current.Url == address) ? current : At(current, address);
            if (change.Events is { } events && !events.SequenceEqual(current.Events)) changed = changed with { Events = events };
            if (change.Enabled is { } enabled && enabled != current.IsEnabled) changed = Switched(changed, enabled);
            return changed.Equals(current) ? [] : [Configuration.Change.Put(changed)];
        }, cancellation);
        _bell.Ring();
        return after.Webhooks.GetValueOrDefault(endpoint.Id) ?? endpoint;
    }

    /// <summary>Gives an endpoint a new secret. For the overlap, deliveries carry a signature of each.</summary>
    public async Task<IssuedWebhook> RotateAsync(Actor actor, WebhookEndpoint endpoint, TimeSpan overlap, CancellationToken cancellation)
    {
        if (overlap < TimeSpan.Zero || overlap > LongestOverlap) throw Problem("overlapSeconds", "Must be between 0 and 2,592,000 seconds (30 days).");
        if (endpoint.Format == WebhookFormat.Slack) throw Problem("", "A chat channel's secret is its address. Change the URL instead.");
        var secret = WebhookSignature.NewSecret();
        var secured = _secrets.Protect(SecretPurpose.Webhook, secret);
        var after = await _editor.SaveAsync(actor, snapshot =>
        {
            if (snapshot.Webhooks.GetValueOrDefault(endpoint.Id) is not { } current) return [];
            var isKept = overlap > TimeSpan.Zero;
            return [Configuration.Change.Put(current with { ProtectedSecret = secured, ProtectedPreviousSecret = isKept ? current.ProtectedSecret : null, PreviousSecretUntil = isKept ? _time.GetUtcNow() + overlap : null })];
        }, cancellation);
        return new IssuedWebhook(after.Webhooks.GetValueOrDefault(endpoint.Id) ?? endpoint, secret);
    }

    public Task DeleteAsync(Actor actor, WebhookEndpoint endpoint, CancellationToken cancellation) =>
        _editor.SaveAsync(actor, snapshot => snapshot.Webhooks.GetValueOrDefault(endpoint.Id) is { } current ? [Configuration.Change.Delete(current)] : [], cancellation);

    private async Task<Uri> VetAsync(string? url, CancellationToken cancellation)
    {
        if (!Uri.TryCreate(url?.Trim(), UriKind.Absolute, out var address)) throw Problem("url", "Must be an absolute http or https URL, such as https://example.com/hooks.");
        return await _gate.WhyNotAsync(address, cancellation) is { } reason ? throw Problem("url", reason) : address;
    }

    private WebhookEndpoint At(WebhookEndpoint endpoint, Uri address) => endpoint.Format == WebhookFormat.Slack
        ? endpoint with { Url = new Uri(address.GetLeftPart(UriPartial.Authority)), ProtectedSecret = _secrets.Protect(SecretPurpose.Webhook, address.AbsoluteUri) }
        : endpoint with { Url = address };

    private WebhookEndpoint Switched(WebhookEndpoint endpoint, bool enabled) => enabled
        ? endpoint with { DisabledAt = null, DisabledReason = null, EnabledAt = _time.GetUtcNow() }
        : endpoint with { DisabledAt = _time.GetUtcNow(), DisabledReason = WebhookEndpoint.SwitchedOff };

    private static ConfigurationInvalidException Problem(string field, string message) => new([new Problem(field, message)]);
}
