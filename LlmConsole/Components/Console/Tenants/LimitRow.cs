using LlmConsole.Core.Configuration;

namespace LlmConsole.Components.Console.Tenants;

/// <summary>One limit of a tenant: what it is called, where it stands, and how an override of it is taken away.</summary>
internal sealed record LimitRow(string Name, Func<LimitSet, int?> Of, Func<LimitSet, LimitSet> Cleared)
{
    public static readonly IReadOnlyList<LimitRow> All =
    [
        new("Requests a minute", limits => limits.RequestsPerMinute, limits => limits with { RequestsPerMinute = null }),
        new("Tokens a minute", limits => limits.TokensPerMinute, limits => limits with { TokensPerMinute = null }),
        new("Calls at once", limits => limits.Concurrency, limits => limits with { Concurrency = null }),
        new("Prompt tokens of one call", limits => limits.MaxPromptTokens, limits => limits with { MaxPromptTokens = null }),
        new("Output tokens of one call", limits => limits.MaxOutputTokens, limits => limits with { MaxOutputTokens = null }),
    ];
}
