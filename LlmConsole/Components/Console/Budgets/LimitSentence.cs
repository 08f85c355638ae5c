using System.Globalization;
using LlmConsole.Components.Shared;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;

namespace LlmConsole.Components.Console.Budgets;

/// <summary>What limits and budgets will do, in one sentence, as they stand in a form.</summary>
internal static class LimitSentence
{
    /// <summary><c>At most 60 requests a minute and $50.00 a month; beyond 1,000 requests a day only an alert</c>, without a full stop.</summary>
    /// <param name="none">What to say when nothing limits.</param>
    public static string Of(LimitsDraft limits, IEnumerable<QuotaDraft> quotas, string none)
    {
        var drafts = quotas.ToList();
        var set = Limits(limits).Concat(drafts.Where(quota => quota.Hard).Select(Words)).ToList();
        var soft = drafts.Where(quota => !quota.Hard).Select(Words).ToList();
        return (set.Count == 0 ? none : $"At most {Enumerate(set)}") + (soft.Count == 0 ? "" : $"; beyond {Enumerate(soft)} only an alert");
    }

    /// <summary><c>$50.00 a month</c>, <c>1,000 requests a day in Europe/Berlin</c>, <c>$5.00 in all</c>.</summary>
    public static string Words(Quota quota) =>
        QuotaText.Amount(quota.Unit, quota.Limit)
        + (quota.Period == QuotaPeriod.Lifetime ? " in all" : $" {(quota.Period == QuotaPeriod.Hour ? "an" : "a")} {quota.Period.ToString().ToLowerInvariant()}")
        + (quota.Period == QuotaPeriod.Lifetime || quota.TimeZone == "UTC" ? "" : $" in {quota.TimeZone}");

    public static string Enumerate(IReadOnlyList<string> parts) => parts.Count == 1 ? parts[0] : $"{string.Join(", ", parts.Take(parts.Count - 1))} and {parts[^1]}";

    private static string Words(QuotaDraft draft) => draft.Preview is { } quota ? Words(quota) : "?";

    private static IEnumerable<string> Limits(LimitsDraft limits) => new[]
    {
        Limit(limits.RequestsPerMinute, "{0} requests a minute"),
        Limit(limits.TokensPerMinute, "{0} tokens a minute"),
        Limit(limits.Concurrency, "{0} calls at once"),
        Limit(limits.MaxPromptTokens, "{0} prompt tokens a call"),
        Limit(limits.MaxOutputTokens, "{0} output tokens a call"),
    }.OfType<string>();

    private static string? Limit(LimitEntry entry, string format) =>
        entry.Unlimited ? null : string.Format(CultureInfo.InvariantCulture, format, entry.Preview is { } number ? Display.Exact(number) : "?");
}
