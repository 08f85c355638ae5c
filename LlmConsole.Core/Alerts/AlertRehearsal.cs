using LlmConsole.Core.Configuration;
using LlmConsole.Core.Webhooks;

namespace LlmConsole.Core.Alerts;

/// <summary>Sends what a rule would send, to whoever would get it.</summary>
public sealed class AlertRehearsal(ConfigurationStore store, DeliveryActions deliveries, TimeProvider time)
{
    /// <summary>One attempt to each endpoint that the rule names, or that takes alerts of its tenant; none when nobody does.</summary>
    public async Task<IReadOnlyList<(WebhookEndpoint Endpoint, DeliveryAttempt Attempt)>> SendAsync(Actor actor, AlertRule rule, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var alert = new Alert { Id = "alr_test", RuleId = rule.Id, RuleName = rule.Name, Kind = rule.Kind, TenantId = rule.TenantId, Sentence = "This is a test; nothing is wrong.", FiredAt = now, LastSeenAt = now };
        var test = new WebhookEvent(EventTypes.Test, rule.TenantId, null, AlertBook.Data(alert), $"{rule.Name}: {alert.Sentence}");
        var sent = new List<(WebhookEndpoint, DeliveryAttempt)>();
        foreach (var endpoint in store.Current.Webhooks.Values.Where(endpoint => endpoint.Gets(EventTypes.AlertFired, rule.TenantId, rule.Webhooks)))
            sent.Add((endpoint, (await deliveries.TestAsync(actor, endpoint, test, cancellation)).Attempt));
        return sent;
    }
}
