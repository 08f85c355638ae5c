using LlmConsole.Core.Idempotency;
using LlmConsole.Core.Limits;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Wire;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Core.Chat;

/// <summary>
/// The road for calls that may come twice. The first with a key takes the road and its answer is kept; a repetition is given that answer, and
/// is not a call: no provider sees it, no limit counts it, and the books don't know it.
/// </summary>
public sealed partial class IdempotentGateway(ChatGateway gateway, IdempotencyStore keys, UsageQueries books, Limiter limiter, TimeProvider time, ILogger<IdempotentGateway> log)
{
    /// <summary>Answers a call into a sink; without <paramref name="request"/> as the gateway does.</summary>
    /// <exception cref="RefusalException">There is no answer, and the sink has not begun. What goes wrong later is told to the sink.</exception>
    /// <exception cref="OperationCanceledException">The caller left.</exception>
    public Task AnswerAsync(ChatCall call, IdempotentRequest? request, IAnswerSink sink, CancellationToken cancellation) =>
        request is null ? gateway.AnswerAsync(call, sink, cancellation) : AnswerOnceAsync(call, request, sink, cancellation);

    private async Task AnswerOnceAsync(ChatCall call, IdempotentRequest request, IAnswerSink sink, CancellationToken cancellation)
    {
        var lookup = await keys.ClaimAsync(request, call.RequestId, WasChargedAsync, cancellation);
        if (lookup.Kept is { } kept) await ReplayAsync(call, kept, sink, cancellation);
        else await RunAsync(call, lookup.Claim!, sink, cancellation);
    }

    private async Task RunAsync(ChatCall call, IdempotencyClaim claim, IAnswerSink sink, CancellationToken cancellation)
    {
        using var running = claim;
        var recording = new RecordingSink(sink, claim);
        try
        {
            await gateway.AnswerAsync(call, recording, cancellation);
        }
        finally
        {
            // Without a first byte nothing was charged. With it, what went out until the caller left was.
            if (recording.HasBegun) await recording.KeepAsync();
            else await claim.ReleaseAsync();
        }
    }

    private async Task ReplayAsync(ChatCall call, KeptAnswer kept, IAnswerSink sink, CancellationToken cancellation)
    {
        // Another key of the same tenant may ask, and a key's models may have changed.
        var model = call.Read().Model;
        if (!call.Caller.MayUse(model)) throw new RefusalException(ErrorCode.ModelNotAllowed, $"You may not use the model {model}. GET /v1/models lists those that you may use.", "model");
        Replayed(call.RequestId, kept.RequestId);
        var limits = await limiter.ReportAsync(LimitPlan.For(call.Caller), cancellation);
        using var timeUp = new CancellationTokenSource(LastFlush.TimeFor(call, call.Caller.Snapshot.FindModel(model), time), time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeUp.Token);
        await RecordedAnswer.Parse(kept.Answer).ReplayAsync(kept.RequestId, limits, sink, end.Token);
    }

    private async Task<bool> WasChargedAsync(string requestId) =>
        await books.FindAsync(requestId, CancellationToken.None) is { } record && record.UsageSource != UsageSource.None;

    [LoggerMessage(LogLevel.Information, "{RequestId} repeats {OriginalRequestId} and is given its answer")]
    private partial void Replayed(string requestId, string originalRequestId);
}
