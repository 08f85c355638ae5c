using System.Text.Json.Serialization;

namespace LlmConsole.Core.Configuration;

/// <summary>A named set of limits that tenants subscribe to. A missing number means unlimited.</summary>
public sealed record Tier : IConfigured
{
    public required string Id { get; init; }
    public required string Name { get; init; }

    /// <summary>Calls admitted in any 60 seconds, per tenant.</summary>
    public int? RequestsPerMinute { get; init; }

    /// <summary>Prompt and output tokens in any 60 seconds, per tenant.</summary>
    public int? TokensPerMinute { get; init; }

    /// <summary>Calls under way at once, per tenant.</summary>
    public int? Concurrency { get; init; }

    /// <summary>The most output tokens of one call; a request that asks for more gets this many.</summary>
    public int? MaxOutputTokens { get; init; }

    /// <summary>The most prompt tokens of one call; a longer prompt is refused.</summary>
    public int? MaxPromptTokens { get; init; }

    /// <summary>Budgets of each tenant on this tier.</summary>
    public IReadOnlyList<Quota> Quotas { get; init; } = [];

    /// <summary>Public model names that may be called; <c>*</c> is all, a trailing <c>*</c> matches a prefix.</summary>
    public IReadOnlyList<string> Models { get; init; } = ["*"];

    /// <summary>Deadlines of calls on this tier, where they are shorter than the model's.</summary>
    public TimeoutLimits? Timeouts { get; init; }

    /// <summary>Which answers are given again.</summary>
    public CachePolicy Cache { get; init; } = CachePolicy.Off;

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>The limits of each tenant on this tier.</summary>
    [JsonIgnore]
    public LimitSet Limits => new()
    {
        RequestsPerMinute = RequestsPerMinute, TokensPerMinute = TokensPerMinute, Concurrency = Concurrency, MaxOutputTokens = MaxOutputTokens, MaxPromptTokens = MaxPromptTokens,
    };
}
