using System.Collections.Concurrent;
using LlmConsole.Core.Redis;

namespace LlmConsole.Core.Limits;

/// <summary>Limits that all instances share: each decision is one script in Redis, by its clock. It answers nothing where Redis doesn't, and then this instance decides by itself.</summary>
public sealed class RedisLimits : IDisposable
{
    /// <summary>How long Redis keeps what a call holds without hearing of it.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(45);

    private readonly ConcurrentDictionary<string, RedisTenant> _tenants = new(StringComparer.Ordinal);

    public RedisLimits(RedisConnection redis, ISpendHistory history, TimeProvider time)
    {
        (Redis, History, Time) = (redis, history, time);
        history.CaughtUp += tenantId =>
        {
            if (_tenants.TryGetValue(tenantId, out var tenant)) tenant.Leave();
        };
    }

    /// <summary>The name of this process among the instances.</summary>
    public string Instance { get; } = Ids.NewRandom("inst");

    public bool IsConfigured => Redis.IsConfigured;

    /// <summary>How many instances there are, this one included, as far as is known.</summary>
    public int Instances { get; internal set; } = 1;

    /// <summary>Tests say what time it is; in earnest Redis does.</summary>
    internal bool HasOwnClock { get; init; }

    internal RedisConnection Redis { get; }
    internal ISpendHistory History { get; }
    internal TimeProvider Time { get; }

    /// <summary>The moment for a script; none: Redis looks at its clock.</summary>
    internal StackExchange.Redis.RedisValue Now => HasOwnClock ? Time.GetUtcNow().ToUnixTimeMilliseconds() : "";

    public void Dispose()
    {
        foreach (var tenant in _tenants.Values) tenant.Dispose();
    }

    internal RedisTenant Of(string tenantId, TenantBook book) => _tenants.GetOrAdd(tenantId, static (id, state) => new RedisTenant(id, state.book, state.limits), (book, limits: this));

    /// <summary>Prolongs what the calls of this process hold.</summary>
    internal async Task RenewAsync(Func<long> second)
    {
        foreach (var tenant in _tenants.Values) await tenant.RenewAsync(second());
    }
}
