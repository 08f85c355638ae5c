namespace LlmConsole.Core.Idempotency;

/// <summary>What is remembered of an idempotency key for 24 hours.</summary>
public sealed record IdempotencyRecord
{
    public required string TenantId { get; init; }
    public required string Key { get; init; }
    public required string PayloadHash { get; init; }

    /// <summary>The call that holds the key. Whoever changes the row names it, so that a call which lost its key changes nothing.</summary>
    public required string RequestId { get; init; }
    public required IdempotencyState State { get; init; }

    /// <summary>Until when the call is believed to run without another sign of life.</summary>
    public required DateTimeOffset LeaseUntil { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>What the call said, in the form of the one who kept it; only when <see cref="IdempotencyState.Answered"/>.</summary>
    public byte[]? Answer { get; init; }
}

public enum IdempotencyState
{
    Running,
    Answered,

    /// <summary>The call was charged, and its answer can't be given again.</summary>
    Spent,
}

/// <summary>The answer of an earlier call with the same key.</summary>
/// <param name="RequestId">The earlier call.</param>
/// <param name="Answer">What it said, as it was kept.</param>
public sealed record KeptAnswer(string RequestId, byte[] Answer);

/// <summary>What a key stands for when a request arrives: exactly one of the two.</summary>
/// <param name="Claim">The request is the first, and runs.</param>
/// <param name="Kept">It ran before; this is its answer.</param>
public readonly record struct IdempotencyLookup(IdempotencyClaim? Claim, KeptAnswer? Kept);
