using System.Text.Json.Serialization;
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

    /// <summary>The name that the call is summed under: of the model that served; when none did, of the one asked for. Empty where that is none that the caller may use: callers invent names without end.</summary>
    public string ModelSummed => ModelServed ?? (NotUsable.Contains(ErrorCode) ? "" : ModelAsked);

    /// <summary>The errors of calls that asked for a model which isn't there, or not for the caller.</summary>
    internal static readonly string?[] NotUsable = [Wire.ErrorCode.ModelNotFound.Code, Wire.ErrorCode.ModelNotAllowed.Code];
    public string? ProviderId { get; init; }

    /// <summary>The name that the provider knows the model by.</summary>
    public string? ProviderModel { get; init; }

    /// <summary>How often a provider was asked.</summary>
    public int Attempts { get; init; }

    /// <summary>Each time that a provider was asked, as <see cref="Wire.AttemptLog"/> writes it.</summary>
    public string? AttemptLog { get; init; }
    public bool Stream { get; init; }
    public CacheVerdict Cache { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required Outcome Outcome { get; init; }

    /// <summary>The HTTP status that the caller got; 499 when the caller left before one was sent.</summary>
    public required int Status { get; init; }

    /// <summary>The <c>error.code</c> of a refusal or failure.</summary>
    public string? ErrorCode { get; init; }
    public string? FinishReason { get; init; }
    public long InputTokens { get; init; }

    /// <summary>Prompt tokens that the provider read from its own cache; no part of <see cref="InputTokens"/>.</summary>
    public long CachedInputTokens { get; init; }

    /// <summary>Prompt tokens that the provider wrote to its own cache; no part of <see cref="InputTokens"/>.</summary>
    public long CacheWriteTokens { get; init; }
    public long OutputTokens { get; init; }

    /// <summary>The part of <see cref="OutputTokens"/> that was reasoning.</summary>
    public long ReasoningTokens { get; init; }
    public UsageSource UsageSource { get; init; }

    /// <summary>What is peculiar about the numbers.</summary>
    public UsageFlags Flags { get; init; }

    /// <summary>The version of the model's price that was in force when the call was admitted; none means unpriced.</summary>
    public int? PriceVersion { get; init; }
    public Usd Cost { get; init; }

    /// <summary>What the answer would have cost, when it came from the cache.</summary>
    public Usd SavedCost { get; init; }

    /// <summary>What providers took beyond <see cref="Cost"/>, for answers that broke off and were given up: the operator's loss, charged to nobody.</summary>
    public Usd WastedCost { get; init; }

    /// <summary>The call whose answer this one was given from the cache.</summary>
    public string? CachedFrom { get; init; }

    /// <summary>The tokens of an answer from the cache, all buckets: none of them were used, and they count in no other sum.</summary>
    public long SavedTokens { get; init; }

    /// <summary>How near the message that this answer was first given to is, as cosine; none unless the answer is to a message that is worded alike.</summary>
    public double? CacheSimilarity { get; init; }

    /// <summary>What an embedding model took to look for such a message, in tokens; they count in no other sum.</summary>
    public long EmbeddingTokens { get; init; }

    /// <summary>What that cost: the operator's, who chose the embedder, and charged to nobody.</summary>
    public Usd EmbeddingCost { get; init; }

    /// <summary>From arrival to the first token, in milliseconds.</summary>
    public double? FirstTokenMs { get; init; }

    /// <summary>From arrival to the end, in milliseconds.</summary>
    public double DurationMs { get; init; }

    /// <summary>All tokens of the prompt, whatever a provider's cache did with them.</summary>
    public long PromptTokens => InputTokens + CachedInputTokens + CacheWriteTokens;

    /// <summary>The sum of all buckets.</summary>
    public long TotalTokens => PromptTokens + OutputTokens;

    /// <summary>A provider's tokens were used and no price was in force: the cost isn't zero but unknown.</summary>
    public bool IsUnpriced => PriceVersion is null && TotalTokens > 0 && Cache is not (CacheVerdict.Exact or CacheVerdict.Semantic);
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

/// <summary>What is peculiar about a call's numbers. Stored as an integer: the values stay as they are.</summary>
[Flags]
public enum UsageFlags
{
    None = 0,

    /// <summary>The provider didn't say what it used, or its answer ended before it could; the tokens are the gateway's count.</summary>
    MissingUsage = 1,

    /// <summary>The provider's numbers were beyond what the call can have used, and were cut to that, or the gateway's count took their place.</summary>
    Clamped = 2,

    /// <summary>The provider's numbers came before the end of its answer, so that they may say too little.</summary>
    EarlyUsage = 4,

    /// <summary>The gateway ended the answer at the output that was reserved for it.</summary>
    CappedByReservation = 8,

    /// <summary>The stream held something that isn't JSON; it was left out.</summary>
    MalformedChunk = 16,
}
