using System.Globalization;
using LlmConsole.Components.Shared;
using LlmConsole.Core.Alerts;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Components.Console.Alerts;

/// <summary>Where the calls stand that an alert is about: those of its time and of its tenant or model, from when its rule began to count.</summary>
internal static class AlertCalls
{
    /// <summary>The page of requests, filtered; none for alerts that no call raised.</summary>
    public static string? Url(Alert alert, ConfigurationSnapshot snapshot)
    {
        if (Counted(alert.Kind) is not { } counted) return null;
        var slow = alert.Kind == AlertKind.Latency && snapshot.AlertRules.GetValueOrDefault(alert.RuleId) is { } rule ? string.Create(CultureInfo.InvariantCulture, $">{rule.Threshold:0.###}ms") : null;
        (string Name, string? Value)[] filters =
        [
            ("tenant", alert.TenantId), ("served", AlertSubject.ModelOf(alert.Sentence)), ("is", alert.Kind is AlertKind.ErrorRate or AlertKind.TargetDown ? "error" : null), ("latency", slow),
            ("from", TimeRange.Text(alert.FiredAt - counted)), ("to", alert.ResolvedAt is { } over ? TimeRange.Text(over) : null),
        ];
        return $"/admin/requests?{string.Join('&', filters.Where(filter => filter.Value is not null).Select(filter => $"{filter.Name}={Uri.EscapeDataString(filter.Value!)}"))}";
    }

    /// <summary>How far a rule of this kind looks back; of budgets, what filled them last.</summary>
    private static TimeSpan? Counted(AlertKind kind) => kind switch
    {
        AlertKind.ErrorRate or AlertKind.Latency or AlertKind.FirstToken or AlertKind.TargetDown => TimeSpan.FromMinutes(5),
        AlertKind.Budget or AlertKind.SpendVelocity => TimeSpan.FromHours(1),
        AlertKind.UnpricedModel => TimeSpan.FromHours(2),
        _ => null,
    };
}
