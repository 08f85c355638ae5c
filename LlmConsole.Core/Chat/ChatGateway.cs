using LlmConsole.Core.Bodies;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Routing;
using LlmConsole.Core.Wire;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Core.Chat;

/// <summary>The road that every call takes, whoever makes it. Each ending writes exactly one usage record, before the caller sees the end.</summary>
public sealed partial class ChatGateway(Limiter limiter, CachedRoad cache, Router router, UsageLedger ledger, BodyKeeper bodies, ICallLog calls, ILogger<ChatGateway> log)
{
    private const int ClientClosedRequest = 499;

    /// <summary>Answers a call into a sink.</summary>
    /// <exception cref="RefusalException">There is no answer, and the sink has not begun. What goes wrong later is told to the sink.</exception>
    /// <exception cref="OperationCanceledException">The caller left.</exception>
    public Task AnswerAsync(ChatCall call, IAnswerSink sink, CancellationToken cancellation) =>
        call.Caller.Tenant.Bodies is { } policy ? KeepAsync(call, policy, sink, cancellation) : TravelAsync(call, sink, cancellation);

    /// <summary>Lets the call travel, and has kept what was asked and answered.</summary>
    private async Task KeepAsync(ChatCall call, BodyPolicy policy, IAnswerSink sink, CancellationToken cancellation)
    {
        var body = new BodySink(sink);
        try
        {
            await TravelAsync(call, body, cancellation);
        }
        finally
        {
            bodies.Keep(body.ToBody(call, policy));
        }
    }

    private async Task TravelAsync(ChatCall call, IAnswerSink sink, CancellationToken cancellation)
    {
        var books = new CallBooks(call, cache.Time);
        using var telemetry = books.Telemetry;
        using var open = ledger.Begin();
        await using var visit = cache.Enter(call, books, sink, cancellation);
        try
        {
            var request = books.Read(call.Read());
            var model = Permit(call.Caller, request);
            if (await visit.TryServeAsync(request, model)) await GiveCachedAsync(call, request, books, visit);
            else await AskAsync(call, request, model, books, visit);
            visit.Complete(request, model);
            visit.Sink.End();
            await LastFlush.SendAsync(visit.Sink, call, model, cache.Time, cancellation);
        }
        catch (Exception e) when (e is RefusalException || (e is OperationCanceledException && call.Stop.IsCancellationRequested && !cancellation.IsCancellationRequested && !books.IsClosed))
        {
            var refusal = e as RefusalException ?? Stopped();
            var graceful = GracefulAnswer.For(books, refusal);
            await RecordAsync(call, books, HowRefused(books), graceful is null ? refusal.Error.Status : 200, refusal.Error);
            refusal.Limits ??= books.Admission?.Report;
            visit.Fail(refusal);
            if (graceful is not null) await graceful.GiveAsync(sink, cancellation);
            if (graceful is not null) return;
            if (!books.HasBegun) throw refusal;
            await FailAsync(visit.Sink, refusal, call, books, cancellation);
        }
        catch (OperationCanceledException)
        {
            await RecordAsync(call, books, Outcome.Abandoned, ClientClosedRequest);
            throw;
        }
        catch (Exception bug)
        {
            await RecordAsync(call, books, books.HasBegun ? Outcome.Incomplete : Outcome.Failed, 500, ErrorCode.InternalError);
            if (!books.HasBegun) throw;
            Broke(call.RequestId, bug);
            await FailAsync(visit.Sink, new RefusalException(ErrorCode.InternalError, "The gateway failed in the middle of the answer. Try again; its log says why under the request id, which an administrator can look up."), call, books, cancellation);
        }
    }

    /// <summary>The provider's part of the road: admit, ask, stream, record.</summary>
    private async Task AskAsync(ChatCall call, ChatRequest request, Model model, CallBooks books, CacheVisit visit)
    {
        var admission = books.Admitted(await limiter.AdmitAsync(call, request, model, visit.Cancellation));
        if (await visit.TrySemanticAsync(request, model))
        {
            await GiveCachedAsync(call, request, books, visit);
            return;
        }

        using var deadline = new CallDeadline(model.Timeouts, call.Caller.Tier.Timeouts, call.Timeout, call.StartedTimestamp, cache.Time, visit.Cancellation, call.Stop);
        var route = books.Routed(RouteOf(call, request, model, admission, deadline));
        if (Stages.AreQueued) await Task.Yield();
        await using var answer = books.Answering(await router.AskAsync(route));
        var stream = new AnswerStream(router, route, books, visit.Sink, admission.Report, cache.Time);
        if (request.Stream) await stream.SendAsync(answer, visit.Cancellation);
        else books.SawWhole(answer);
        await RecordAsync(call, books, visit.IsAbandoned ? Outcome.Abandoned : Outcome.Answered, visit.IsAbandoned ? ClientClosedRequest : 200);
        if (!request.Stream) Give(answer, books, visit.Sink, stream);
    }

    private async Task GiveCachedAsync(ChatCall call, ChatRequest request, CallBooks books, CacheVisit visit)
    {
        await RecordAsync(call, books, Outcome.Answered, 200);
        visit.Give(request);
    }

    /// <exception cref="RefusalException">There is no such model, or the caller may not use it.</exception>
    internal static Model Permit(Caller caller, ChatRequest request)
    {
        if (caller.Snapshot.FindModel(request.Model) is not { } model) throw new RefusalException(ErrorCode.ModelNotFound, $"There is no model named {request.Model}. GET /v1/models lists those that you may use.", "model");
        return caller.MayUse(request.Model) ? model : throw new RefusalException(ErrorCode.ModelNotAllowed, $"You may not use the model {request.Model}. GET /v1/models lists those that you may use.", "model");
    }

    private static RefusalException Stopped() =>
        new(ErrorCode.Overloaded, "The gateway is being restarted and could not wait for the answer. Send the request again.") { RetryAfter = TimeSpan.FromSeconds(1) };

    private static Outcome HowRefused(CallBooks books) => books.HasBegun ? Outcome.Incomplete : books.Route is not null ? Outcome.Failed : Outcome.Refused;

    private static Route RouteOf(ChatCall call, ChatRequest request, Model model, Admission admission, CallDeadline deadline) => new()
    {
        Snapshot = call.Caller.Snapshot, Model = model, Request = request, OutputCap = admission.OutputCap, Deadline = deadline, IsUnattended = call.IsUnattended,
        TenantId = call.Caller.Tenant.Id, StickyKey = model.Resilience.Sticky == Stickiness.User ? $"{call.Caller.Tenant.Id}/{call.Caller.UserId ?? request.User ?? call.Caller.Key?.Id}" : null,
    };

    private static void Give(RoutedAnswer answer, CallBooks books, IAnswerSink sink, AnswerStream stream)
    {
        books.Began();
        sink.Begin(stream.Head(answer, isStream: false, books.Cost()));
        sink.WriteWhole(answer.Whole);
    }

    private async Task FailAsync(IAnswerSink sink, RefusalException refusal, ChatCall call, CallBooks books, CancellationToken cancellation)
    {
        sink.Fail(refusal);
        await LastFlush.SendAsync(sink, call, books.Model, cache.Time, cancellation);
    }

    /// <summary>Writes the call into the books, once: whatever happens after its end was recorded, such as a reader who hangs up on the last byte, changes nothing.</summary>
    private async Task RecordAsync(ChatCall call, CallBooks books, Outcome outcome, int status, ErrorCode? error = null)
    {
        if (!books.TryClose()) return;
        books.Admission?.Release();
        var record = books.Ended(outcome, books.HasBegun ? 200 : status, error);
        try
        {
            await ledger.RecordAsync(record);
        }
        finally
        {
            // After the record: whoever asks the books for what was spent finds the call there, or still reserved here, never neither.
            if (books.Admission is { } admission) await admission.SettleAsync(new Consumption(1, books.Tokens().Usage.Total, record.Cost));
        }

        if (books.Route is { } route) DrillBook.Ended(route, outcome == Outcome.Answered, record.Cost + record.WastedCost, books.CostBy);
        books.Telemetry.Ended(call, record, books);
        calls.Write(call.Caller, record);
    }

    [LoggerMessage(LogLevel.Error, "The answer to {RequestId} broke off by a fault of the gateway")]
    private partial void Broke(string requestId, Exception bug);
}
