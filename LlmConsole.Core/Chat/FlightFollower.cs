using LlmConsole.Core.Caching;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Routing;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Chat;

/// <summary>A call that reads along with another that asks for the same: it costs nothing, and counts as an answer from the cache.</summary>
internal sealed class FlightFollower(CachedRoad road, ChatCall call, CallBooks books, IAnswerSink sink)
{
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(15);

    private readonly List<Frame> _frames = [];
    private byte[] _buffer = [];
    private int _next;

    /// <summary>Follows to the end. None when the answer never came: nothing was sent, and the call is as it was before.</summary>
    /// <exception cref="RefusalException">A limit or the call's own deadline is reached, or the answer broke off after its beginning.</exception>
    public async Task<CachedAnswer?> FollowAsync(Flight flight, ChatRequest request, Model model, CancellationToken caller)
    {
        try
        {
            books.Admitted(await road.Limiter.AdmitAsync(LimitPlan.For(call.Caller), Demand.Free, call.RequestId, caller));
            using var deadline = new CallDeadline(model.Timeouts, call.Caller.Tier.Timeouts, call.Timeout, call.StartedTimestamp, road.Time, caller, call.Stop);
            deadline.AwaitCompletion();
            await ReadInTimeAsync(flight, request, deadline, caller);
            if (flight.Answer is { } answer && (books.HasBegun || !answer.Completion.IsEmpty)) return Served(answer, flight, request, model);
            if (books.HasBegun) throw flight.Failure is { } failure ? OfLeader(failure) : BrokenOff();
            await books.WithdrawAsync();
            return null;
        }
        finally
        {
            flight.Unfollow();
        }
    }

    private async Task ReadInTimeAsync(Flight flight, ChatRequest request, CallDeadline deadline, CancellationToken caller)
    {
        try
        {
            await ReadAsync(flight, request, deadline, caller);
        }
        catch (OperationCanceledException) when (deadline.HasPassed && !caller.IsCancellationRequested)
        {
            throw new RefusalException(ErrorCode.Timeout, FormattableString.Invariant($"An identical call is being answered and wasn't done within {deadline.Current.TotalSeconds:0.#} s, the time that this call has. Try again, or give it more time."));
        }
    }

    private async Task ReadAsync(Flight flight, ChatRequest request, CallDeadline deadline, CancellationToken caller)
    {
        while (true)
        {
            var isEnd = flight.Read(ref _next, _frames) ?? throw FellBehind();
            if (_frames.Count > 0 && request.Stream && flight.IsStream) Pass(flight, request);
            _frames.Clear();
            if (books.HasBegun && !await sink.FlushAsync(deadline.Token)) throw new OperationCanceledException(caller);
            if (isEnd) return;
            await MoreAsync(flight, deadline, caller);
        }
    }

    private void Pass(Flight flight, ChatRequest request)
    {
        if (!books.HasBegun)
        {
            books.Began();
            sink.Begin(new AnswerHead(request.Model, null, VerdictOf(flight), 0, true, Usd.Zero, books.Admission!.Report, Age: TimeSpan.Zero));
        }

        foreach (var frame in _frames) Pass(frame.Read(ref _buffer).Span);
    }

    /// <summary>A chunk without its usage and what that cost who leads: whether it is told, and at which cost, depends on who asks.</summary>
    private void Pass(ReadOnlySpan<byte> chunk)
    {
        var tap = AnswerTap.Read(chunk);
        if (!tap.HasUsage) sink.Write(chunk);
        else if (tap.ChoiceCount > 0) sink.Write(UsageChunk.WithoutCost([.. chunk[..tap.UsageSpan.Start], .. "null"u8, .. chunk[tap.UsageSpan.End..]]));
    }

    private async Task MoreAsync(Flight flight, CallDeadline deadline, CancellationToken caller)
    {
        var more = flight.MoreAsync(_next);
        while (!more.IsCompleted)
        {
            try
            {
                await more.WaitAsync(LongestSilence, road.Time, deadline.Token);
            }
            catch (TimeoutException)
            {
                if (!books.HasBegun) continue;
                sink.KeepAlive();
                if (!await sink.FlushAsync(deadline.Token)) throw new OperationCanceledException(caller);
            }
        }
    }

    private CachedAnswer Served(CachedAnswer answer, Flight flight, ChatRequest request, Model model)
    {
        books.Served(answer, VerdictOf(flight), model);
        if (books.HasBegun && request.IncludeUsage) CompletionChunks.Usage(answer, chunk => sink.Write(chunk.Span));
        return answer;
    }

    private static CacheVerdict VerdictOf(Flight flight) => flight.IsSemantic ? CacheVerdict.Semantic : CacheVerdict.Exact;

    /// <summary>What the call that led was refused with, without what it cost.</summary>
    public static RefusalException OfLeader(RefusalException failure) => new(failure.Error, failure.Message, failure.Param) { RetryAfter = failure.RetryAfter };

    private static RefusalException FellBehind() =>
        new(ErrorCode.Timeout, "An identical call is being answered, and this one read so slowly that what comes next isn't held for it any more. What arrived is incomplete; read faster, or send x-llmconsole-cache: bypass.");

    private static RefusalException BrokenOff() =>
        new(ErrorCode.UpstreamError, "The answer broke off. What arrived is incomplete; try again.");
}
