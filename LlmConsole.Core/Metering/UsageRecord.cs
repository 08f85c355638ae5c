using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Metering;

/// <summary>One call as it stands in the books. Exactly one is written for every ending; it is never changed.</summary>
public sealed record UsageRecord
{
    /// <summary>The id that the caller got as <c>x-request-id</c>; unique.</summary>
    public required string RequestId { get; init; }

    /// <summary>When the call arrived.</summary>
    public required DateTimeOffset StartedAt { get; init; }
    public required string TenantId { get; init; }
    public string? KeyId { get; init; }
    public string? UserId { get; init; }

    /// <summary>The caller's label for cost per task.</summary>
    public string? Task { get; init; }

    /// <summary>The public model name that was asked for.</summary>
    public required string ModelAsked { get; init; }

    /// <summary>The public model name that answered; none when none did.</summary>
    public string? ModelServed { get; init; }
    public string? ProviderId { get; init; }

    /// <summary>The name that the provider knows the model by.</summary>
    public string? ProviderModel { get; init; }

    /// <summary>How often a provider was asked.</summary>
    public int Attempts { get; init; }
    public bool Stream { get; init; }
    public CacheVerdict Cache { get; init; }
    public required Outcome Outcome { get; init; }

    /// <summary>The HTTP status that the caller got; 499 when the caller left before one was sent.</summary>
    public required int Status { get; init; }

    /// <summary>The <c>error.code</c> of a refusal or failure.</summary>
    public string? ErrorCode { get; init; }
    public string? FinishReason { get; init; }
    public long InputTokens { get; init; }
    public long CachedInputTokens { get; init; }
    public long OutputTokens { get; init; }

    /// <summary>The part of <see cref="OutputTokens"/> that was reasoning.</summary>
    public long ReasoningTokens { get; init; }
    public UsageSource UsageSource { get; init; }

    /// <summary>The version of the model's price that was in force when the call was admitted; none means unpriced.</summary>
    public int? PriceVersion { get; init; }
    public Usd Cost { get; init; }

    /// <summary>What the answer would have cost, when it came from the cache.</summary>
    public Usd SavedCost { get; init; }

    /// <summary>From arrival to the first token, in milliseconds.</summary>
    public double? FirstTokenMs { get; init; }

    /// <summary>From arrival to the end, in milliseconds.</summary>
    public double DurationMs { get; init; }
}

/// <summary>How a call ended.</summary>
public enum Outcome
{
    /// <summary>The whole answer was delivered.</summary>
    Answered,

    /// <summary>The gateway said no before any provider was asked.</summary>
    Refused,

    /// <summary>No provider gave an answer.</summary>
    Failed,

    /// <summary>The answer broke off after its first byte.</summary>
    Incomplete,

    /// <summary>The caller left before the end.</summary>
    Abandoned,
}

/// <summary>What the cache said.</summary>
public enum CacheVerdict
{
    /// <summary>The cache was not asked.</summary>
    Bypass,
    Miss,
    Exact,
    Semantic,
}
