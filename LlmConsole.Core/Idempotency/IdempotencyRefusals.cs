using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Idempotency;

/// <summary>What a key can't be used for, in words.</summary>
public static class IdempotencyRefusals
{
    /// <summary>The answer is gone though the call was charged.</summary>
    public static RefusalException AnswerUnavailable(string requestId) => new(
        ErrorCode.IdempotencyAnswerUnavailable,
        $"The request with this Idempotency-Key was answered as {requestId} and charged, but its answer could not be kept to be sent again. Send a new key to ask again.");

    internal static RefusalException InProgress(string requestId) => new(
        ErrorCode.IdempotencyInProgress,
        $"The request with this Idempotency-Key is still being answered as {requestId}. Send it again in a moment to get that answer.")
    { RetryAfter = TimeSpan.FromSeconds(1) };

    internal static RefusalException Mismatch() => new(
        ErrorCode.IdempotencyMismatch,
        "This Idempotency-Key was used in the last 24 hours for another request: another body or another path. Send a new key with each new request, and the same body with each repetition.");

    internal static RefusalException NoStore() => new(
        ErrorCode.Overloaded,
        "The gateway can't look up this Idempotency-Key now, so it did not run the request. Send it again in a few seconds.")
    { RetryAfter = TimeSpan.FromSeconds(5) };
}
