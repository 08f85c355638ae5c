using System.Globalization;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Components.Console.Alerts;

/// <summary>Rules in words.</summary>
internal static class AlertText
{
    /// <summary>When a rule fires, as a sentence without a beginning.</summary>
    public static string When(AlertRule rule)
    {
        var template = AlertTemplate.Of(rule.Kind);
        return template.Unit is null ? template.What : string.Create(CultureInfo.InvariantCulture, $"{template.What}: {rule.Threshold:#,0.##} {template.Unit}");
    }

    /// <summary>Whom a rule tells, beside the bell.</summary>
    public static string GoesTo(AlertRule rule, ConfigurationSnapshot snapshot) =>
        rule.Webhooks.Count == 0 ? "all that take alerts" : string.Join(", ", rule.Webhooks.Select(id => snapshot.Webhooks.GetValueOrDefault(id)?.Name ?? id));

    /// <summary>A new rule as a template has it.</summary>
    public static AlertRule Of(AlertTemplate template, TimeProvider time) =>
        new() { Id = Ids.New("rule", time), Name = template.Name, Kind = template.Kind, Threshold = template.Threshold, CreatedAt = time.GetUtcNow() };
}
