using LlmConsole.Core.Configuration;

namespace LlmConsole.Components.Console.Webhooks;

/// <summary>Types of events in words.</summary>
internal static class EventText
{
    public static string Of(string type) => type switch
    {
        EventTypes.JobSucceeded => "a job has answers",
        EventTypes.JobFailed => "a job has none, or was stopped",
        EventTypes.JobCancelled => "somebody cancelled a job",
        EventTypes.JobExpired => "a job's time was over",
        EventTypes.BudgetThreshold => "a budget is nearly or wholly used",
        EventTypes.KeyExpiring => "a key will expire soon",
        EventTypes.AlertFired => "an alert began",
        EventTypes.AlertResolved => "an alert is over",
        _ => "",
    };

    /// <summary>The types as they are stored: a group that is chosen whole by its beginning, so that it takes what comes to belong to it.</summary>
    public static IReadOnlyList<string> Patterns(IReadOnlySet<string> types) =>
        [.. EventTypes.All.GroupBy(type => type.Split('.')[0]).SelectMany(group => group.Count() > 1 && group.All(types.Contains) ? [$"{group.Key}.*"] : group.Where(types.Contains))];
}
