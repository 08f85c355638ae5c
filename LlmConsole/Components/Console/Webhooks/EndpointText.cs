using LlmConsole.Core.Configuration;

namespace LlmConsole.Components.Console.Webhooks;

/// <summary>How pages name an endpoint.</summary>
internal static class EndpointText
{
    public static string Address(WebhookEndpoint endpoint) => endpoint.Format == WebhookFormat.Slack ? $"{endpoint.Url.Scheme}://{endpoint.Url.Authority}/…" : endpoint.Url.OriginalString;

    public static string Owner(WebhookEndpoint endpoint, ConfigurationSnapshot snapshot) =>
        endpoint.TenantId is { } tenant ? snapshot.Tenants.GetValueOrDefault(tenant)?.Name ?? tenant : "the gateway";

    public static string Format(WebhookFormat format) => format == WebhookFormat.Slack ? "Chat channel (Slack-compatible)" : "Signed JSON (Standard Webhooks)";
}
