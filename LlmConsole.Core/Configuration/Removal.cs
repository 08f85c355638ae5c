namespace LlmConsole.Core.Configuration;

/// <summary>What goes when an object goes.</summary>
public static class Removal
{
    /// <summary>The changes that remove the object. A tenant takes its revoked keys, its users' limits, its webhooks and alert rules along; keys that could still work keep it from being removed.</summary>
    public static IReadOnlyList<Change> ToRemove(this ConfigurationSnapshot snapshot, IConfigured item) => item is Tenant
        ? [.. snapshot.Keys.Values.Where(key => key.TenantId == item.Id && key.RevokedAt is not null).Select(Change.Delete),
            .. snapshot.UserLimits.Values.Where(limit => limit.TenantId == item.Id).Select(Change.Delete),
            .. snapshot.Webhooks.Values.Where(endpoint => endpoint.TenantId == item.Id).Select(Change.Delete),
            .. snapshot.AlertRules.Values.Where(rule => rule.TenantId == item.Id).Select(Change.Delete), Change.Delete(item)]
        : [Change.Delete(item)];
}
