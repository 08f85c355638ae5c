using System.Globalization;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering.Live;

namespace LlmConsole.Core.Alerts;

/// <summary>Errors and slowness in the last five minutes of all instances: of each model, or of the rule's tenant.</summary>
internal sealed class TrafficConditions(LiveMetrics live) : IConditions
{
    /// <summary>Of fewer calls nothing can be said.</summary>
    public const int FewestCalls = 10;

    public IReadOnlyList<AlertKind> Kinds { get; } = [AlertKind.ErrorRate, AlertKind.Latency, AlertKind.FirstToken];

    public TimeSpan Every => TimeSpan.Zero;

    public Task<IReadOnlyList<Condition>> FindAsync(AlertRule rule, ConfigurationSnapshot snapshot, CancellationToken cancellation)
    {
        var sums = new Dictionary<string, CallSums>(StringComparer.Ordinal);
        foreach (var second in live.Snapshot().Seconds)
        {
            foreach (var (name, part) in rule.TenantId is null ? second.Models : second.Tenants)
            {
                if (rule.TenantId is { } tenant && name != tenant) continue;
                if (!sums.TryGetValue(name, out var sum)) sums[name] = sum = new CallSums();
                sum.Add(part);
            }
        }

        return Task.FromResult<IReadOnlyList<Condition>>([.. sums.Select(group => Judge(rule, group.Key, Label(rule, group.Key, snapshot), group.Value)).OfType<Condition>()]);
    }

    private static string Label(AlertRule rule, string name, ConfigurationSnapshot snapshot) =>
        rule.TenantId is not null ? $"tenant {snapshot.Tenants.GetValueOrDefault(name)?.Name ?? name}" : name.Length == 0 ? "other models" : $"model {name}";

    private static Condition? Judge(AlertRule rule, string subject, string label, CallSums sums)
    {
        if (rule.Kind == AlertKind.ErrorRate)
        {
            var calls = sums.Calls - sums.Refused;
            var rate = calls == 0 ? 0 : 100.0 * sums.Errors / calls;
            return calls >= FewestCalls && rate >= rule.Threshold ? New($"{sums.Errors:N0} of {calls:N0} calls of {label} failed in the last five minutes ({Figures.Percent(rate)}).") : null;
        }

        var (histogram, what) = rule.Kind == AlertKind.Latency ? (sums.Duration, "calls took {0} or longer") : (sums.FirstToken, "answers took {0} or longer to begin");
        return histogram.Calls >= FewestCalls && histogram.Percentile(0.95) is { } p95 && p95 > rule.Threshold
            ? New($"The slowest 5 % of {label}'s {string.Format(CultureInfo.InvariantCulture, what, Figures.Duration(p95))} in the last five minutes.")
            : null;

        Condition New(FormattableString sentence) => new(subject, rule.TenantId, sentence.ToString(CultureInfo.InvariantCulture));
    }
}
