using System.Collections.Concurrent;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Telemetry;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Core.Routing;

/// <summary>The health of every target that was asked, as this instance sees it.</summary>
public sealed partial class HealthBook(HealthOptions options, ConfigurationStore store, TimeProvider time, ILogger<HealthBook> log)
{
    private readonly ConcurrentDictionary<TargetKey, TargetHealth> _targets = new();

    /// <summary>Raised when a target's state has changed, on the thread of the call that found out: handlers must be short.</summary>
    public event Action<TargetKey, TargetState>? Changed;

    /// <summary>How a target does; none when it wasn't asked yet.</summary>
    public TargetStatus? Find(string providerId, string model) => _targets.TryGetValue(new TargetKey(providerId, model), out var health) ? health.Status() : null;

    public IReadOnlyList<TargetStatus> All() => [.. _targets.Values.Select(health => health.Status())];

    /// <summary>These public names, those first that have a target in service which didn't fail of late.</summary>
    public IEnumerable<string> HealthyFirst(IEnumerable<string> models) => models.OrderBy(name => store.Current.FindModel(name) is { } model && model.Targets.Any(IsWell) ? 0 : 1);

    private bool IsWell(ModelTarget target) => !target.Drained && Find(target.ProviderId, target.Model) is null or { State: TargetState.Healthy };

    internal TargetHealth Of(TargetKey key) =>
        _targets.TryGetValue(key, out var health) ? health : _targets.GetOrAdd(key, static (key, book) => new TargetHealth(key, book.Options, book.Time) { Changed = book.Tell }, this);

    /// <summary>The average time to the first token of recent answers, in milliseconds.</summary>
    internal double? LatencyOf(TargetKey key) => _targets.TryGetValue(key, out var health) ? health.Latency() : null;

    /// <summary>After this a target that throttles is asked again, however long it wants to be left alone.</summary>
    internal TimeSpan LongestCoolDown => options.LongestCoolDown;

    private HealthOptions Options => options;

    private TimeProvider Time => time;

    private void Tell(TargetKey key, TargetState state)
    {
        var provider = store.Current.Providers.GetValueOrDefault(key.ProviderId)?.Name ?? key.ProviderId;
        RoutingMetrics.Changed(provider, key.Model, state.ToString().ToLowerInvariant());
        StateChanged(provider, key.Model, state);
        Changed?.Invoke(key, state);
    }

    [LoggerMessage(LogLevel.Warning, "The target {Provider} {Model} is now {State}")]
    private partial void StateChanged(string provider, string model, TargetState state);
}
