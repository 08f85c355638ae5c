using LlmConsole.Components.Shared;

namespace LlmConsole.Components.Console.Tiers;

/// <summary>A tier's limits in one sentence, as they stand in the form.</summary>
internal static class TierSentence
{
    public static string Of(TierDraft draft)
    {
        string?[] limits =
        [
            Limit(draft.RequestsPerMinute, "{0} requests a minute"),
            Limit(draft.TokensPerMinute, "{0} tokens a minute"),
            Limit(draft.Concurrency, "{0} calls at once"),
            Limit(draft.MaxOutputTokens, "{0} output tokens a call"),
        ];
        var set = limits.OfType<string>().ToList();
        return $"{(set.Count == 0 ? "No limits" : $"At most {Enumerate(set)}")}; {Models(TextList.Split(draft.Models))}.";
    }

    private static string? Limit(LimitEntry entry, string format) =>
        entry.Unlimited ? null : string.Format(System.Globalization.CultureInfo.InvariantCulture, format, entry.Preview is { } number ? Display.Exact(number) : "?");

    private static string Models(IReadOnlyList<string> patterns) => patterns switch
    {
        [] => "no model may be called",
        _ when patterns.Contains("*") => "every model may be called",
        _ => $"models that may be called: {Enumerate(patterns)}",
    };

    private static string Enumerate(IReadOnlyList<string> parts) => parts.Count == 1 ? parts[0] : $"{string.Join(", ", parts.Take(parts.Count - 1))} and {parts[^1]}";
}
