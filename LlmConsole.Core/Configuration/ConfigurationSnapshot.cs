using System.Collections.Frozen;

namespace LlmConsole.Core.Configuration;

/// <summary>Everything that administrators set, as of one revision: immutable, indexed for the request path, swapped whole.</summary>
public sealed class ConfigurationSnapshot
{
    public static readonly ConfigurationSnapshot Empty = new(0, [], [], [], [], []);

    private readonly Dictionary<KeyHash, ApiKey> _keysByHash;
    private readonly FrozenDictionary<string, Model> _modelsByName;
    private readonly Model[] _patterns;
    private readonly FrozenDictionary<(string TenantId, string UserId), UserLimit> _userLimits;

    internal ConfigurationSnapshot(
        long revision, Dictionary<string, Tier> tiers, Dictionary<string, Tenant> tenants, Dictionary<string, ApiKey> keys,
        Dictionary<string, Provider> providers, Dictionary<string, Model> models,
        Dictionary<string, UserLimit>? userLimits = null, Dictionary<string, CacheGeneration>? cacheGenerations = null,
        Dictionary<string, WebhookEndpoint>? webhooks = null, Dictionary<string, AlertRule>? alertRules = null)
    {
        userLimits ??= [];
        cacheGenerations ??= [];
        Revision = revision;
        Tiers = tiers;
        Tenants = tenants;
        Keys = keys;
        Providers = providers;
        Models = models;
        UserLimits = userLimits;
        CacheGenerations = cacheGenerations;
        Webhooks = webhooks ?? [];
        AlertRules = alertRules ?? [];
        _userLimits = userLimits.Values.ToFrozenDictionary(limit => (limit.TenantId, limit.UserId));
        _keysByHash = new Dictionary<KeyHash, ApiKey>(keys.Count);
        foreach (var key in keys.Values) _keysByHash[key.Hash] = key;
        _modelsByName = models.Values.Where(model => !model.IsPattern).ToFrozenDictionary(model => model.Name, StringComparer.Ordinal);
        _patterns = [.. models.Values.Where(model => model.IsPattern).OrderByDescending(model => model.Name.Length)];
    }

    /// <summary>Rises by one with every change.</summary>
    public long Revision { get; }
    public IReadOnlyDictionary<string, Tier> Tiers { get; }
    public IReadOnlyDictionary<string, Tenant> Tenants { get; }
    public IReadOnlyDictionary<string, ApiKey> Keys { get; }
    public IReadOnlyDictionary<string, Provider> Providers { get; }
    public IReadOnlyDictionary<string, Model> Models { get; }
    public IReadOnlyDictionary<string, UserLimit> UserLimits { get; }
    public IReadOnlyDictionary<string, CacheGeneration> CacheGenerations { get; }
    public IReadOnlyDictionary<string, WebhookEndpoint> Webhooks { get; }
    public IReadOnlyDictionary<string, AlertRule> AlertRules { get; }

    /// <summary>The issued key with this hash, whatever its state.</summary>
    public ApiKey? FindKey(KeyHash hash) => _keysByHash.GetValueOrDefault(hash);

    /// <summary>The model that serves a public name: the exact name, else the longest pattern.</summary>
    public Model? FindModel(string name)
    {
        if (_modelsByName.TryGetValue(name, out var model)) return model;
        foreach (var pattern in _patterns)
        {
            if (ModelPattern.Matches(pattern.Name, name)) return pattern;
        }

        return null;
    }

    /// <summary>The limits of one user of a tenant: the user's own, else those of each user.</summary>
    public UserLimit? FindUserLimit(string tenantId, string userId) =>
        _userLimits.Count == 0 ? null : _userLimits.GetValueOrDefault((tenantId, userId)) ?? _userLimits.GetValueOrDefault((tenantId, UserLimit.EachUser));

    /// <summary>A caller of the tenant, on this snapshot.</summary>
    public Caller? CallerOf(string tenantId, ApiKey? key = null, string? userId = null) =>
        Tenants.TryGetValue(tenantId, out var tenant)
            ? new Caller { Snapshot = this, Tenant = tenant, Tier = Tiers[tenant.TierId], Key = key, UserId = userId }
            : null;

    /// <summary>The snapshot after the changes.</summary>
    internal ConfigurationSnapshot With(IReadOnlyList<Change> changes) => new(
        Revision + 1, Apply(Tiers, changes), Apply(Tenants, changes), Apply(Keys, changes), Apply(Providers, changes), Apply(Models, changes),
        Apply(UserLimits, changes), Apply(CacheGenerations, changes), Apply(Webhooks, changes), Apply(AlertRules, changes));

    private static Dictionary<string, T> Apply<T>(IReadOnlyDictionary<string, T> current, IReadOnlyList<Change> changes) where T : IConfigured
    {
        var next = (Dictionary<string, T>)current;
        foreach (var change in changes)
        {
            if (change.Item is not T item) continue;
            if (ReferenceEquals(next, current)) next = new Dictionary<string, T>(next);
            if (change.IsDelete) next.Remove(item.Id);
            else next[item.Id] = item;
        }

        return next;
    }
}

/// <summary>One step of an edit: the object as it shall be, or the object to remove.</summary>
public sealed record Change(IConfigured Item, bool IsDelete)
{
    public static Change Put(IConfigured item) => new(item, false);

    public static Change Delete(IConfigured item) => new(item, true);
}
