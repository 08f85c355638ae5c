using System.Globalization;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;

namespace LlmConsole.Core.Alerts;

/// <summary>What the books say: tenants that spend much faster than they did, and models without a price.</summary>
internal sealed class SpendConditions(UsageBreakdowns books, SpendQueries spends, TimeProvider time) : IConditions
{
    private const int BaselineHours = 24;

    /// <summary>Below this an hour's spend is noise. It also stands for the hour of a tenant that spent nothing on the day before, for whom any spend would be many times that.</summary>
    private static readonly Usd Noise = Usd.FromDollars(0.10m);

    public IReadOnlyList<AlertKind> Kinds { get; } = [AlertKind.SpendVelocity, AlertKind.UnpricedModel];

    public TimeSpan Every => TimeSpan.FromMinutes(1);

    public Task<IReadOnlyList<Condition>> FindAsync(AlertRule rule, ConfigurationSnapshot snapshot, CancellationToken cancellation) =>
        rule.Kind == AlertKind.SpendVelocity ? FasterAsync(rule, snapshot, cancellation) : UnpricedAsync(cancellation);

    private async Task<IReadOnlyList<Condition>> FasterAsync(AlertRule rule, ConfigurationSnapshot snapshot, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var recent = await spends.OfTenantsAsync(now.AddHours(-1), cancellation);
        var usual = (await books.GroupAsync(now.AddHours(-1 - BaselineHours), now.AddHours(-1), UsageDimension.Tenant, new BreakdownFilter { TenantId = rule.TenantId }, cancellation))
            .ToDictionary(group => group.Key, group => (double)group.Sums.CostNanos / BaselineHours, StringComparer.Ordinal);
        var found = new List<Condition>();
        foreach (var (tenant, nanos) in recent)
        {
            if (rule.TenantId is { } only && tenant != only) continue;
            var before = usual.GetValueOrDefault(tenant);
            if (nanos < Noise.Nanos || nanos < rule.Threshold * (before > 0 ? before : Noise.Nanos)) continue;
            found.Add(new Condition(tenant, tenant, Sentence(snapshot.Tenants.GetValueOrDefault(tenant)?.Name ?? tenant, nanos, before)));
        }

        return found;
    }

    private static string Sentence(string tenant, long nanos, double before) => before > 0
        ? string.Create(CultureInfo.InvariantCulture, $"{tenant} spent {new Usd(nanos)} in the last hour, {nanos / before:0.#} times its hourly average of the day before ({new Usd((long)before)}).")
        : $"{tenant} spent {new Usd(nanos)} in the last hour, and nothing on the day before.";

    private async Task<IReadOnlyList<Condition>> UnpricedAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var models = await books.GroupAsync(now.AddHours(-1), now.AddHours(1), UsageDimension.Model, new BreakdownFilter(), cancellation);
        return [.. models.Where(model => model.Sums.Unpriced > 0).Select(model => new Condition(
            model.Key, null, string.Create(CultureInfo.InvariantCulture, $"{model.Sums.Unpriced:N0} calls of model {model.Key} used tokens while it has no price; their cost is missing in the books.")))];
    }
}
