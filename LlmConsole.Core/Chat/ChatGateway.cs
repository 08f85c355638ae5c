using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Routing;
using LlmConsole.Core.Wire;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Core.Chat;

/// <summary>The road that every call takes, whoever makes it. Each ending writes exactly one usage record, before the caller sees the end.</summary>
public sealed partial class ChatGateway(Limiter limiter, Router router, UsageLedger ledger, TimeProvider time, ILogger<ChatGateway> log)
{
    private const int ClientClosedRequest = 499;

    /// <summary>Answers a call into a sink.</summary>
    /// <exception cref="RefusalException">There is no answer, and the sink has not begun. What goes wrong later is told to the sink.</exception>
    /// <exception cref="OperationCanceledException">The caller left.</exception>
    public async Task AnswerAsync(ChatCall call, IAnswerSink sink, CancellationToken cancellation)
    {
        var books = new CallBooks(call, time);
        try
        {
            var request = books.Read(ChatRequest.Parse(call.Body));
            var model = Permit(call.Caller, request);
            var admission = books.Admitted(await limiter.AdmitAsync(call, request, model, cancellation));
            using var deadline = new CallDeadline(model.Timeouts, call.Timeout, call.StartedTimestamp, time, cancellation);
            await using var answer = books.Answering(await router.AskAsync(call.Caller.Snapshot, model, request, admission.OutputCap, deadline, books.Attempted));
            if (request.Stream) await StreamAsync(request, answer, books, sink, admission.Report, deadline, cancellation);
            else Take(answer, books);
            await RecordAsync(call, books, Outcome.Answered, 200);
            if (!request.Stream) Give(answer, books, sink, admission.Report);
            sink.End();
            await sink.FlushAsync(cancellation);
        }
        catch (RefusalException refusal)
        {
            await RecordAsync(call, books, HowRefused(books), refusal.Error.Status, refusal.Error);
            if (!books.HasBegun) throw;
            await FailAsync(sink, refusal, cancellation);
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
            await FailAsync(sink, new RefusalException(ErrorCode.InternalError, "The gateway failed in the middle of the answer. Try again, and tell your administrator the request id."), cancellation);
        }
    }

    private static Model Permit(Caller caller, ChatRequest request)
    {
        if (caller.Snapshot.FindModel(request.Model) is not { } model) throw new RefusalException(ErrorCode.ModelNotFound, $"There is no model named {request.Model}. GET /v1/models lists those that you may use.", "model");
        return caller.MayUse(request.Model) ? model : throw new RefusalException(ErrorCode.ModelNotAllowed, $"You may not use the model {request.Model}. GET /v1/models lists those that you may use.", "model");
    }

    private static Outcome HowRefused(CallBooks books) => books.HasBegun ? Outcome.Incomplete : books.Attempts > 0 ? Outcome.Failed : Outcome.Refused;

    private async Task StreamAsync(ChatRequest request, RoutedAnswer answer, CallBooks books, IAnswerSink sink, LimitReport limits, CallDeadline deadline, CancellationToken cancellation)
    {
        Begin(answer, books, sink, limits, stream: true, cost: null);
        try
        {
            await new AnswerRelay(request, answer, books, sink, time).StreamAsync(deadline, cancellation);
        }
        catch (OperationCanceledException) when (deadline.HasPassed && !cancellation.IsCancellationRequested)
        {
            throw new RefusalException(ErrorCode.Timeout, FormattableString.Invariant($"The provider {answer.Provider.Name} fell silent for {deadline.Current.TotalSeconds:0.#} s in the middle of the answer. What arrived is incomplete; try again."));
        }
        catch (Exception e) when (e is IOException or HttpRequestException or InvalidDataException)
        {
            throw new RefusalException(ErrorCode.UpstreamError, $"The connection to the provider {answer.Provider.Name} broke in the middle of the answer. What arrived is incomplete; try again.");
        }
    }

    private static void Take(RoutedAnswer answer, CallBooks books) => books.Saw(answer.First.Span);

    private static void Give(RoutedAnswer answer, CallBooks books, IAnswerSink sink, LimitReport limits)
    {
        Begin(answer, books, sink, limits, stream: false, books.Cost());
        sink.Write(answer.First.Span);
    }

    private static void Begin(RoutedAnswer answer, CallBooks books, IAnswerSink sink, LimitReport limits, bool stream, Usd? cost)
    {
        books.Began();
        sink.Begin(new AnswerHead(books.ModelServed!, answer.Provider.Name, CacheVerdict.Bypass, books.Attempts, stream, cost, limits));
    }

    private static async Task FailAsync(IAnswerSink sink, RefusalException refusal, CancellationToken cancellation)
    {
        sink.Fail(refusal);
        await sink.FlushAsync(cancellation);
    }

    /// <summary>Writes the call into the books, once: whatever happens after its end was recorded, such as a reader who hangs up on the last byte, changes nothing.</summary>
    private async Task RecordAsync(ChatCall call, CallBooks books, Outcome outcome, int status, ErrorCode? error = null)
    {
        if (!books.TryClose()) return;
        books.Admission?.Release();
        var record = books.Ended(outcome, books.HasBegun ? 200 : status, error);
        await ledger.RecordAsync(record);

        // After the record: whoever asks the books for what was spent finds the call there, or still reserved here, never neither.
        books.Admission?.Settle(new Consumption(1, books.Tokens().Usage.Total, record.Cost));
        CallLog.Write(log, call.Caller, record);
    }

    [LoggerMessage(LogLevel.Error, "The answer to {RequestId} broke off by a fault of the gateway")]
    private partial void Broke(string requestId, Exception bug);
}
