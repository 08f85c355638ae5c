namespace LlmConsole.Core.Metering;

/// <summary>
/// The sums over the calls that arrived in one hour (UTC) with the same tenant, key, user, model and task; what a call lacks is an empty
/// text here. Written in the transaction that writes the records, so that sums of roll-ups are always sums of records. Whole numbers only:
/// they add up the same in any order.
/// </summary>
public sealed class UsageRollup
{
    /// <summary>The start of the hour, in Unix milliseconds.</summary>
    public required long Hour { get; init; }
    public required string TenantId { get; init; }
    public required string KeyId { get; init; }
    public required string UserId { get; init; }

    /// <summary>See <see cref="UsageRecord.ModelSummed"/>.</summary>
    public required string Model { get; init; }
    public required string Task { get; init; }
    public long Calls { get; set; }
    public long Answered { get; set; }
    public long Refused { get; set; }
    public long Failed { get; set; }
    public long Incomplete { get; set; }
    public long Abandoned { get; set; }
    public long InputTokens { get; set; }
    public long CachedInputTokens { get; set; }
    public long CacheWriteTokens { get; set; }
    public long OutputTokens { get; set; }
    public long ReasoningTokens { get; set; }

    /// <summary>In nano-dollars.</summary>
    public long CostNanos { get; set; }

    /// <summary>In nano-dollars.</summary>
    public long SavedCostNanos { get; set; }

    /// <summary>Tokens of answers from the cache; none of them were used.</summary>
    public long SavedTokens { get; set; }

    /// <summary>Tokens of embeddings for the cache.</summary>
    public long EmbeddingTokens { get; set; }

    /// <summary>What they cost, in nano-dollars.</summary>
    public long EmbeddingCostNanos { get; set; }

    /// <summary>Calls that used tokens while no price was in force.</summary>
    public long Unpriced { get; set; }

    /// <summary>Calls that the cache was asked for.</summary>
    public long CacheLookups { get; set; }

    /// <summary>Calls that the cache answered.</summary>
    public long CacheHits { get; set; }

    /// <summary>The sum of the durations, in whole microseconds.</summary>
    public long DurationMicros { get; set; }

    /// <summary>The sum of the times to the first token, in whole microseconds, over <see cref="FirstTokens"/> calls.</summary>
    public long FirstTokenMicros { get; set; }

    /// <summary>Calls that came to a first token.</summary>
    public long FirstTokens { get; set; }
}
