namespace LlmConsole.Core.Configuration;

/// <summary>Limits of one scope. What is missing doesn't limit.</summary>
public readonly record struct LimitSet
{
    /// <summary>Calls admitted in any 60 seconds.</summary>
    public int? RequestsPerMinute { get; init; }

    /// <summary>Prompt and output tokens admitted in any 60 seconds.</summary>
    public int? TokensPerMinute { get; init; }

    /// <summary>Calls under way at once.</summary>
    public int? Concurrency { get; init; }

    /// <summary>The most output tokens of one call; a request that asks for more gets this many.</summary>
    public int? MaxOutputTokens { get; init; }

    /// <summary>The most prompt tokens of one call; a longer prompt is refused.</summary>
    public int? MaxPromptTokens { get; init; }

    /// <summary>This set, with what it leaves out taken from another.</summary>
    public LimitSet Over(LimitSet other) => new()
    {
        RequestsPerMinute = RequestsPerMinute ?? other.RequestsPerMinute,
        TokensPerMinute = TokensPerMinute ?? other.TokensPerMinute,
        Concurrency = Concurrency ?? other.Concurrency,
        MaxOutputTokens = MaxOutputTokens ?? other.MaxOutputTokens,
        MaxPromptTokens = MaxPromptTokens ?? other.MaxPromptTokens,
    };
}
