using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;
using LlmConsole.Core.Redis;
using LlmConsole.Tests.Redis;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Limits;

/// <summary>Instances of a gateway that share a clock, books and, perhaps, a Redis.</summary>
internal sealed class LimiterWorld : IAsyncDisposable
{
    private readonly List<RunningRedis> _connections = [];
    private readonly List<(Limiter Limiter, RedisLimits Shared)> _instances = [];
    private readonly string _prefix = $"{Guid.NewGuid():N}:";
    private int _calls;

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    public FakeBooks Books { get; } = new();
    public Limiter this[int instance] => _instances[instance].Limiter;

    public static async Task<LimiterWorld> StartAsync(ILimitHome home, int instances = 1)
    {
        var world = new LimiterWorld();
        for (var i = 0; i < instances; i++) await world.AddInstanceAsync(home.Options);
        return world;
    }

    public async Task AddInstanceAsync(RedisOptions options)
    {
        var connection = await RunningRedis.StartAsync(options with { KeyPrefix = _prefix });
        var shared = new RedisLimits(connection.Connection, Books, Time) { HasOwnClock = true, Instances = _instances.Count + 1 };
        foreach (var (_, other) in _instances) other.Instances = shared.Instances;
        _connections.Add(connection);
        _instances.Add((new Limiter(Books, shared, Time), shared));
    }

    public RedisConnection Connection(int instance) => _connections[instance].Connection;

    /// <summary>Redis forgets everything.</summary>
    public async Task FlushAsync()
    {
        foreach (var name in (string[])["", ":leases", ":calls", ":tenant", ":key:key"]) await Connection(0).AskAsync(redis => redis.KeyDeleteAsync(Connection(0).Key("limits:{ten}" + name)));
    }

    /// <summary>Completes when every instance has, or has no longer, a Redis that answers.</summary>
    public async Task UntilAsync(bool degraded)
    {
        foreach (var connection in _connections) await connection.UntilAsync(degraded);
    }

    /// <summary>Time passes, and calls under way keep what they hold.</summary>
    public async Task AdvanceAsync(TimeSpan time)
    {
        Time.Advance(time);
        foreach (var (limiter, shared) in _instances) await shared.RenewAsync(limiter.Second);
    }

    /// <summary>Admits a call at $1 a million prompt tokens and $2 a million output tokens; where there is a Redis, it must be the one that decides.</summary>
    public async Task<Admission> AdmitAsync(LimitPlan plan, long prompt = 10, int? output = null, int instance = 0, string? id = null)
    {
        var admission = await this[instance].AdmitAsync(
            plan,
            new Demand { PromptTokens = prompt, OutputAsked = output, Choices = 1, InputPerMillion = Usd.FromDollars(1), OutputPerMillion = Usd.FromDollars(2) },
            id ?? $"req_{Interlocked.Increment(ref _calls)}",
            TestContext.Current.CancellationToken);
        (admission.Shared is not null).ShouldBe(Connection(instance).IsConfigured && !IsAlone);
        return admission;
    }

    /// <summary>Redis is away or of no use at the moment, so that each instance decides by itself.</summary>
    public bool IsAlone { get; set; }

    public async Task<IReadOnlyList<QuotaStanding>> StandingsAsync(LimitPlan plan, int instance = 0) => await this[instance].StandingsAsync(plan, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections) await connection.DisposeAsync();
    }
}

/// <summary>Books that say what a test wants.</summary>
internal sealed class FakeBooks : ISpendHistory
{
    private readonly Lock _lock = new();
    private readonly List<(string Id, DateTimeOffset At, Consumption Used)> _records = [];

    public event Action<string>? CaughtUp;

    /// <summary>What everybody spent before.</summary>
    public long Spent { get; set; }
    public int Asked { get; private set; }
    public bool AreAway { get; set; }
    public IReadOnlyCollection<string> Excepted { get; private set; } = [];

    public void Record(string id, DateTimeOffset at, Consumption used)
    {
        lock (_lock) _records.Add((id, at, used));
    }

    public void CatchUp() => CaughtUp?.Invoke("ten");

    public ValueTask<long?> SpentAsync(string tenantId, LimitScope scope, QuotaUnit unit, DateTimeOffset from, IReadOnlyCollection<string> except, CancellationToken cancellation)
    {
        lock (_lock)
        {
            Asked++;
            Excepted = except;
            return ValueTask.FromResult<long?>(AreAway ? null : Spent + _records.Where(record => record.At >= from && !except.Contains(record.Id)).Sum(record => record.Used.Of(unit)));
        }
    }
}

/// <summary>Limits of one tenant, with or without a key of its own.</summary>
internal static class Plans
{
    public static Quota Daily(QuotaUnit unit, long limit) => new() { Unit = unit, Period = QuotaPeriod.Day, Limit = limit };

    public static LimitPlan Of(LimitSet limits, Quota[]? quotas = null, LimitSet? key = null, Quota[]? keyQuotas = null, string keyId = "key")
    {
        var tier = new Tier { Id = "t", Name = "Small" };
        var issued = key is { } own ? IssuedKey.Create(ApiKeyKind.Live, "slow", "ten", TimeProvider.System).Key with { Id = keyId, Limits = own, Quotas = keyQuotas ?? [] } : null;
        return LimitPlan.For(new Caller
        {
            Snapshot = ConfigurationSnapshot.Empty, Tier = tier, Key = issued, Tenant = new Tenant { Id = "ten", Name = "Acme", TierId = "t", Overrides = limits, Quotas = quotas },
        });
    }
}
