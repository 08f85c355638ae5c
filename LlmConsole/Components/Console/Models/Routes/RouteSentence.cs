using LlmConsole.Components.Console.Budgets;
using LlmConsole.Components.Shared;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Components.Console.Models.Routes;

/// <summary>What a route will do with a call, in words.</summary>
internal static class RouteSentence
{
    private const int LongestQuote = 60;

    public static string Of(Model model, ConfigurationSnapshot snapshot) => string.Join(" ", new[]
    {
        Targets(model, snapshot),
        Drained(model, snapshot),
        Fallbacks(model),
        Retries(model.Resilience.Retries),
        Broken(model.Resilience.Rescue),
        Nothing(model.Resilience.GracefulMessage),
    }.OfType<string>());

    private static string Targets(Model model, ConfigurationSnapshot snapshot)
    {
        var groups = model.Targets.Where(target => !target.Drained).GroupBy(target => target.Group).OrderBy(group => group.Key)
            .Select(group => LimitSentence.Enumerate([.. group.Select(target => Name(target, snapshot) + (group.Count() > 1 ? $" ({Display.Percent(100 * (RouteTarget.ShareOf(model, target) ?? 0))})" : ""))])).ToList();
        if (groups.Count == 0) return "Every target is drained, so none is asked.";
        var sticky = model.Resilience.Sticky == Stickiness.User && model.Targets.Count(target => !target.Drained) > 1 ? ", each user to the same one while it is well" : "";
        return $"Calls go to {groups[0]}{sticky}.{string.Concat(groups.Skip(1).Select(group => $" If none answers, then to {group}."))}";
    }

    private static string? Drained(Model model, ConfigurationSnapshot snapshot)
    {
        var drained = model.Targets.Where(target => target.Drained).Select(target => Name(target, snapshot)).ToList();
        return drained.Count == 0 || drained.Count == model.Targets.Count ? null : $"{LimitSentence.Enumerate(drained)} {(drained.Count == 1 ? "is" : "are")} drained.";
    }

    private static string? Fallbacks(Model model)
    {
        if (model.Fallbacks.Count == 0) return null;
        var names = string.Join(", then ", model.Fallbacks);
        return $"When all of them fail, {names} {(model.Fallbacks.Count == 1 ? "is" : "are")} asked{(model.Resilience.ContextFallback ? ", also for prompts that are too long here" : "")}.";
    }

    private static string Retries(int retries) => retries switch
    {
        <= 0 => "No target is asked twice for one call.",
        1 => "One target may be asked a second time.",
        _ => "Targets may be asked again, twice in all.",
    };

    private static string Broken(RescueMode rescue) => rescue switch
    {
        RescueMode.Hold => "Answers are kept back until they are complete.",
        RescueMode.Continue => "When a stream breaks off, another target goes on from there.",
        _ => "A stream that breaks off ends with an error.",
    };

    private static string Nothing(string? message) => message switch
    {
        null => "When nothing is left, callers get an error.",
        { Length: > LongestQuote } => $"When nothing is left, callers are told “{message[..LongestQuote].TrimEnd()}…”.",
        _ => $"When nothing is left, callers are told “{message}”.",
    };

    private static string Name(ModelTarget target, ConfigurationSnapshot snapshot) =>
        $"{snapshot.Providers.GetValueOrDefault(target.ProviderId)?.Name ?? "?"}: {(string.IsNullOrWhiteSpace(target.Model) ? "?" : target.Model)}";
}
