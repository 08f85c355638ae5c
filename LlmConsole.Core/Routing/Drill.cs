using System.Collections.Concurrent;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Providers;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Routing;

/// <summary>What a fire drill shall do.</summary>
public sealed record DrillPlan
{
    /// <summary>The id of the model whose targets misbehave; none means every model.</summary>
    public string? ModelId { get; init; }

    /// <summary>The id of the provider that misbehaves; none means every provider of the model.</summary>
    public string? ProviderId { get; init; }
    public required FaultKind Fault { get; init; }

    /// <summary>1 to 240.</summary>
    public required int Minutes { get; init; }

    /// <summary>How many calls of a hundred are drilled.</summary>
    public int SharePercent { get; init; } = 100;

    /// <summary>The id of the tenant whose calls are drilled; none means all tenants.</summary>
    public string? TenantId { get; init; }
}

/// <summary>
/// A rehearsal of the bad night: for some minutes, targets misbehave for a share of the calls. Providers are spared: what misbehaves in their place is
/// made here, costs nothing, and is marked. In the memory of one instance.
/// </summary>
public sealed class Drill
{
    /// <summary>Stands where the name of the model that serves would.</summary>
    public const string Name = SimulatedModel.FireDrill;

    /// <summary>How late a slow answer comes.</summary>
    public static readonly TimeSpan Slowness = InjectedFault.Delay;

    private readonly ConcurrentDictionary<TargetKey, TargetHealth> _health = new();
    private readonly Func<TargetKey, TargetHealth> _makeHealth;
    private readonly Lock _lock = new();
    private DrillReport _report = new();

    internal Drill(string id, DrillPlan plan, Actor startedBy, DateTimeOffset startedAt, Func<TargetKey, TargetHealth> makeHealth)
    {
        (Id, Plan, StartedBy, StartedAt, EndsAt) = (id, plan, startedBy, startedAt, startedAt.AddMinutes(plan.Minutes));
        _makeHealth = makeHealth;
    }

    public string Id { get; }
    public DrillPlan Plan { get; }
    public Actor StartedBy { get; }
    public DateTimeOffset StartedAt { get; }

    /// <summary>When it ends by itself, or was stopped.</summary>
    public DateTimeOffset EndsAt { get; private set; }

    public DrillReport Report
    {
        get
        {
            lock (_lock) return _report;
        }
    }

    public bool IsRunning(DateTimeOffset now) => now < EndsAt;

    internal FaultKind Fault => Plan.Fault;

    internal void Stop(DateTimeOffset now) => EndsAt = now < EndsAt ? now : EndsAt;

    internal bool Concerns(Route route, Candidate candidate) =>
        !(Plan.Fault == FaultKind.Slow && CannotTakeSimulated(route)) && (Plan.TenantId is null || Plan.TenantId == route.TenantId) && (Plan.ModelId is null || Plan.ModelId == candidate.Model.Id) && (Plan.ProviderId is null || Plan.ProviderId == candidate.Provider.Id);

    /// <summary>A slow drill gives a simulated answer, which says in words that it is one. Vectors can't say so, and nobody would read it in the results of a job.</summary>
    private static bool CannotTakeSimulated(Route route) => route.IsUnattended || route.Request.Surface == Surface.Embeddings;

    /// <summary>Drilled calls have a health of their own: the breaker is rehearsed too, and nobody else's calls feel it.</summary>
    internal TargetHealth HealthOf(TargetKey key) => _health.GetOrAdd(key, _makeHealth);

    internal void Add(DrillReport call)
    {
        lock (_lock) _report += call;
    }
}

/// <summary>What a fire drill did to the calls that it met, once they had ended.</summary>
/// <param name="Affected">Calls for which a target misbehaved.</param>
/// <param name="ServedByFallback">Those that another target answered.</param>
/// <param name="ServedAnyway">Those that were answered late, by the simulator in the place of the misbehaving target.</param>
/// <param name="Failed">Those that got an error, or an answer that broke off.</param>
/// <param name="AddedLatency">Time lost with the misbehaving targets, over all affected calls.</param>
/// <param name="AddedCost">What the answers cost beyond what the misbehaving targets' models would have taken for them.</param>
public sealed record DrillReport(int Affected = 0, int ServedByFallback = 0, int ServedAnyway = 0, int Failed = 0, TimeSpan AddedLatency = default, Usd AddedCost = default)
{
    public static DrillReport operator +(DrillReport a, DrillReport b) => new(
        a.Affected + b.Affected, a.ServedByFallback + b.ServedByFallback, a.ServedAnyway + b.ServedAnyway, a.Failed + b.Failed, a.AddedLatency + b.AddedLatency, a.AddedCost + b.AddedCost);
}
