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
        Dictionary<string, WebhookEndpoint>? webhooks = null, Dictionary<string, AlertRule>? alertRules = null,
        string? editId = null, Indexes? known = null)
    {
        userLimits ??= [];
        cacheGenerations ??= [];
        (Revision, EditId) = (revision, editId);
        Tiers = tiers;
        Tenants = tenants;
        Keys = keys;
        Providers = providers;
        Models = models;
        UserLimits = userLimits;
        CacheGenerations = cacheGenerations;
        Webhooks = webhooks ?? [];
        AlertRules = alertRules ?? [];
        _userLimits = known?.UserLimits ?? userLimits.Values.ToFrozenDictionary(limit => (limit.TenantId, limit.UserId));
        _keysByHash = known?.Keys ?? ByHash(keys);
        _modelsByName = models.Values.Where(model => !model.IsPattern).ToFrozenDictionary(model => model.Name, StringComparer.Ordinal);
        _patterns = [.. models.Values.Where(model => model.IsPattern).OrderByDescending(model => model.Name.Length)];
    }

    /// <summary>Rises by one with every change.</summary>
    public long Revision { get; }

    /// <summary>The edit that made it; none when it left no record, so that what followed can't be told.</summary>
    internal string? EditId { get; }

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

    /// <summary>The snapshot after an edit.</summary>
    internal ConfigurationSnapshot With(IReadOnlyList<Change> changes) => With(changes, Revision + 1, Ids.NewRandom("edt"));

    /// <summary>The snapshot after all that was changed up to a revision.</summary>
    internal ConfigurationSnapshot With(IReadOnlyList<Change> changes, long revision, string editId)
    {
        var (keys, userLimits) = (Apply(Keys, changes), Apply(UserLimits, changes));
        return new(
            revision, Apply(Tiers, changes), Apply(Tenants, changes), keys, Apply(Providers, changes), Apply(Models, changes),
            userLimits, Apply(CacheGenerations, changes), Apply(Webhooks, changes), Apply(AlertRules, changes), editId,
            new Indexes(ReferenceEquals(keys, Keys) ? _keysByHash : ByHash(changes), ReferenceEquals(userLimits, UserLimits) ? _userLimits : null));
    }

    private static Dictionary<KeyHash, ApiKey> ByHash(Dictionary<string, ApiKey> keys)
    {
        var index = new Dictionary<KeyHash, ApiKey>(keys.Count);
        foreach (var key in keys.Values) index[key.Hash] = key;
        return index;
    }

    /// <summary>A copy of the index with the changes: hashing all keys anew takes several times as long.</summary>
    private Dictionary<KeyHash, ApiKey> ByHash(IReadOnlyList<Change> changes)
    {
        var index = new Dictionary<KeyHash, ApiKey>(_keysByHash);
        foreach (var change in changes)
        {
            if (change.Item is not ApiKey key) continue;
            if (Keys.TryGetValue(key.Id, out var old)) index.Remove(old.Hash);
            if (!change.IsDelete) index[key.Hash] = key;
        }

        return index;
    }

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

    /// <summary>Indexes that hold for this snapshot too, because an edit left alone what they are of.</summary>
    internal sealed record Indexes(Dictionary<KeyHash, ApiKey> Keys, FrozenDictionary<(string TenantId, string UserId), UserLimit>? UserLimits);
}

/// <summary>One step of an edit: the object as it shall be, or the object to remove.</summary>
public sealed record Change(IConfigured Item, bool IsDelete)
{
    public static Change Put(IConfigured item) => new(item, false);

    public static Change Delete(IConfigured item) => new(item, true);
}
