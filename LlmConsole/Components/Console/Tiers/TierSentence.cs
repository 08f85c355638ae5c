using LlmConsole.Components.Console.Budgets;
using LlmConsole.Components.Shared;

namespace LlmConsole.Components.Console.Tiers;

/// <summary>What a tier allows, in one sentence, as it stands in the form.</summary>
internal static class TierSentence
{
    public static string Of(TierDraft draft) => $"{LimitSentence.Of(draft.Limits, draft.Quotas, "No limits")}; {Models(TextList.Split(draft.Models))}.";

    private static string Models(IReadOnlyList<string> patterns) => patterns switch
    {
        [] => "no model may be called",
        _ when patterns.Contains("*") => "every model may be called",
        _ => $"models that may be called: {LimitSentence.Enumerate(patterns)}",
    };
}
