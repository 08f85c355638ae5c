using System.Globalization;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Components.Console.Cache;

/// <summary>What a cache policy does, in words.</summary>
internal static class CacheSentence
{
    public static string Of(CachePolicy policy)
    {
        var semantic = policy.Semantic;
        var served = (policy.Exact.Enabled, semantic is { Enabled: true, Shadow: false }) switch
        {
            (false, false) => "No answer is given again",
            (true, false) => $"The same request gets the same answer for {Length(policy.Exact.TtlSeconds)}",
            (false, true) => $"A message worded at least {Threshold(semantic)} alike gets the same answer for {Length(policy.Exact.TtlSeconds)}",
            (true, true) => $"The same request, or a message worded at least {Threshold(semantic)} alike, gets the same answer for {Length(policy.Exact.TtlSeconds)}",
        };
        var shared = policy.Exact.Enabled || semantic.Enabled || semantic.Shadow ? $", {Scope(policy.Scope)}" : "";
        var shadow = semantic.Shadow ? $" Shadow: alike messages are looked up from {Threshold(semantic)} on and never served{(semantic.CollectPairs ? "; pairs are kept for the threshold lab, prompts and answers included" : "")}." : "";
        return $"{served}{shared}.{shadow}";
    }

    /// <summary>The same while it is being edited; what can't be read isn't restated.</summary>
    public static string Of(CacheDraft draft)
    {
        var problems = new List<Problem>();
        var policy = draft.Read(problems);
        return problems.Count == 0 ? Of(policy) : "The numbers above can't be read yet.";
    }

    public static string Length(int seconds) => seconds switch
    {
        _ when seconds % 86_400 == 0 => Count(seconds / 86_400, "day"),
        _ when seconds % 3_600 == 0 => Count(seconds / 3_600, "hour"),
        _ when seconds % 60 == 0 => Count(seconds / 60, "minute"),
        _ => Count(seconds, "second"),
    };

    private static string Count(int number, string unit) => string.Create(CultureInfo.InvariantCulture, $"{number:N0} {unit}{(number == 1 ? "" : "s")}");

    private static string Threshold(SemanticCachePolicy policy) => policy.Threshold.ToString("0.00#", CultureInfo.InvariantCulture);

    private static string Scope(CacheScope scope) => scope switch
    {
        CacheScope.Key => "shared by the calls with one key",
        CacheScope.User => "for one user only",
        _ => "shared within the tenant",
    };
}
