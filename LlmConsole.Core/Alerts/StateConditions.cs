using System.Globalization;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Redis;
using LlmConsole.Core.Routing;
using LlmConsole.Core.Telemetry;

namespace LlmConsole.Core.Alerts;

/// <summary>Targets and stores that don't do their work, as this instance sees them, keys that will expire, and webhook endpoints that were given up.</summary>
internal sealed class StateConditions(HealthBook health, RedisConnection redis, UsageLedger ledger, TimeProvider time) : IConditions
{
    public IReadOnlyList<AlertKind> Kinds { get; } = [AlertKind.TargetDown, AlertKind.StoreDegraded, AlertKind.KeyExpiring, AlertKind.EndpointDisabled];

    public TimeSpan Every => TimeSpan.Zero;

    public Task<IReadOnlyList<Condition>> FindAsync(AlertRule rule, ConfigurationSnapshot snapshot, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<Condition>>(rule.Kind switch
    {
        AlertKind.TargetDown => [.. health.All().Where(target => target.State is TargetState.Open or TargetState.Probing).Select(target => Down(target, snapshot))],
        AlertKind.StoreDegraded => [.. new[] { redis.Status, ledger.Status }.OfType<StoreStatus>().Where(store => store.IsDegraded).Select(Degraded)],
        AlertKind.EndpointDisabled => [.. snapshot.Webhooks.Values.Where(endpoint => endpoint.IsGivenUp && (rule.TenantId is null || endpoint.TenantId == rule.TenantId)).Select(endpoint => Disabled(endpoint, snapshot))],
        _ => [.. Expiring(rule, snapshot)],
    });

    private static Condition Down(TargetStatus target, ConfigurationSnapshot snapshot)
    {
        var provider = snapshot.Providers.GetValueOrDefault(target.Target.ProviderId)?.Name ?? target.Target.ProviderId;
        return new Condition($"{target.Target.ProviderId}/{target.Target.Model}", null, $"The target {target.Target.Model} at {provider} failed too often and is left alone. {target.LastError}".TrimEnd());
    }

    private static Condition Degraded(StoreStatus store) => new(store.Store, null, $"The store {store.Store} doesn't answer as it should: {store.Reason}.");

    private static Condition Disabled(WebhookEndpoint endpoint, ConfigurationSnapshot snapshot)
    {
        var owner = endpoint.TenantId is { } tenant ? snapshot.Tenants.GetValueOrDefault(tenant)?.Name ?? tenant : "the gateway";
        return new Condition(endpoint.Id, endpoint.TenantId, $"The webhook endpoint {endpoint.Name} of {owner} is disabled, and what it should be told is held. {endpoint.DisabledReason}".TrimEnd());
    }

    private IEnumerable<Condition> Expiring(AlertRule rule, ConfigurationSnapshot snapshot)
    {
        var now = time.GetUtcNow();
        var end = now.AddDays(rule.Threshold);
        return from key in snapshot.Keys.Values
               where key.RevokedAt is null && key.ExpiresAt > now && key.ExpiresAt <= end && (rule.TenantId is null || key.TenantId == rule.TenantId)
               let owner = key.TenantId is { } tenant ? $" of {snapshot.Tenants.GetValueOrDefault(tenant)?.Name ?? tenant}" : ", an admin key,"
               select new Condition(string.Create(CultureInfo.InvariantCulture, $"{key.Id}/{key.ExpiresAt:O}"), key.TenantId, string.Create(CultureInfo.InvariantCulture, $"The key {key.Name}{owner} expires on {key.ExpiresAt:d MMM yyyy HH:mm} UTC. Rotate it in time."))
               {
                   EventType = EventTypes.KeyExpiring,
                   Facts = new Dictionary<string, object?> { ["key_id"] = key.Id, ["key_name"] = key.Name, ["tenant_id"] = key.TenantId, ["expires_at"] = key.ExpiresAt },
               };
    }
}
