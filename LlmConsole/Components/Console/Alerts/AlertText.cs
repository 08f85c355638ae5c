using System.Globalization;
using LlmConsole.Components.Shared;
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
        return Display.Whole(template.When(template.Unit == "ms" ? Display.Duration(rule.Threshold) : string.Create(CultureInfo.InvariantCulture, $"{rule.Threshold:#,0.##} {template.Unit}")));
    }

    /// <summary>When a rule fires whose threshold is still to be chosen.</summary>
    public static string When(AlertTemplate template) => template.When(template.Unit switch
    {
        "%" => "this share",
        "ms" => "this long",
        { } unit => $"so many {unit}",
        null => "",
    });

    /// <summary>Whom a rule tells, beside the bell.</summary>
    public static string GoesTo(AlertRule rule, ConfigurationSnapshot snapshot) =>
        rule.Webhooks.Count == 0 ? "all that take alerts" : string.Join(", ", rule.Webhooks.Select(id => snapshot.Webhooks.GetValueOrDefault(id)?.Name ?? id));

    /// <summary>A new rule as a template has it.</summary>
    public static AlertRule Of(AlertTemplate template, TimeProvider time) =>
        new() { Id = Ids.New("rule", time), Name = template.Name, Kind = template.Kind, Threshold = template.Threshold, CreatedAt = time.GetUtcNow() };
}
