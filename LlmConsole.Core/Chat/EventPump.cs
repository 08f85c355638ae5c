using System.Runtime.CompilerServices;
using LlmConsole.Core.Routing;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Chat;

/// <summary>What becomes of a stream after one of its events.</summary>
internal enum PumpStep
{
    Go,

    /// <summary>The answer is at its end, whatever the provider would still say.</summary>
    Stop,

    /// <summary>The event isn't part of an answer.</summary>
    Broken,

    /// <summary>The answer is of no use, which is not its target's fault.</summary>
    Leave,
}

/// <summary>Moves the events of an answer to whoever takes them, at the pace of the reader, and tells the reader every 15 seconds that the connection lives.</summary>
internal sealed class EventPump(IAnswerSink sink, CallDeadline deadline, TimeProvider time, CancellationToken caller)
{
    /// <summary>Runs until the provider's end.</summary>
    /// <param name="take">Takes one event; its bytes are valid during the call only.</param>
    /// <param name="isFinished">Whether the model's last word was seen: a stream without <c>[DONE]</c> is complete then.</param>
    /// <returns>None when the answer is complete.</returns>
    public async Task<StreamBreak?> RunAsync(RoutedAnswer answer, Func<ReadOnlyMemory<byte>, PumpStep> take, Func<bool> isFinished)
    {
        using var life = new SignsOfLife(sink, deadline, time, caller);
        var broken = await FeedAsync(answer, take, isFinished, life);
        if (broken is null) answer.Completed();
        return broken;
    }

    /// <summary>Waits for something else than an event of a stream.</summary>
    public async Task<T> WaitAsync<T>(Task<T> task)
    {
        using var life = new SignsOfLife(sink, deadline, time, caller);
        life.Begin();
        try
        {
            return await task;
        }
        finally
        {
            await life.EndAsync();
        }
    }

    private async Task<StreamBreak?> FeedAsync(RoutedAnswer answer, Func<ReadOnlyMemory<byte>, PumpStep> take, Func<bool> isFinished, SignsOfLife life)
    {
        var (events, step) = (answer.Events!, TakeOpening(answer, take));
        try
        {
            do
            {
                step = Take(events, step, take);
                await FlushAsync();
                deadline.AwaitNextEvent();
            }
            while (step == PumpStep.Go && await FillAsync(events, life));
        }
        catch (OperationCanceledException) when (deadline.HasPassed && !caller.IsCancellationRequested)
        {
            return Silent(answer);
        }
        catch (OperationCanceledException) when (deadline.IsStopped && !caller.IsCancellationRequested)
        {
            return answer.BreakOff(new StreamBreak(ErrorCode.Overloaded, "The gateway is being restarted and could not wait for the end of the answer. What arrived is incomplete; try again."), isTargetsFault: false);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or InvalidDataException)
        {
            return isFinished() ? null : BrokeOff(answer, $"The connection to the provider {answer.Provider.Name} broke in the middle of the answer. What arrived is incomplete; try again.");
        }

        // A last event may stand there without the blank line that should end it.
        step = Take(events, step, take);
        if (step == PumpStep.Leave) return answer.Leave();
        return step == PumpStep.Stop || (step == PumpStep.Go && isFinished()) ? null : BrokeOff(answer, $"The provider {answer.Provider.Name} broke the answer off. What arrived is incomplete; try again.");
    }

    private static PumpStep TakeOpening(RoutedAnswer answer, Func<ReadOnlyMemory<byte>, PumpStep> take)
    {
        var (opening, step) = (answer.TakeOpening(), PumpStep.Go);
        for (var i = 0; i < opening.Count && step == PumpStep.Go; i++) step = take(opening[i]);
        return step;
    }

    private static PumpStep Take(SseReader events, PumpStep step, Func<ReadOnlyMemory<byte>, PumpStep> take)
    {
        while (step == PumpStep.Go && events.TryRead(out var data)) step = SseEvent.IsDone(data.Span) ? PumpStep.Stop : take(data);
        return step;
    }

    /// <summary>A reader who is slow takes time from the call, not from the provider.</summary>
    private async ValueTask FlushAsync()
    {
        var flush = sink.FlushAsync(deadline.Token);
        if (!flush.IsCompleted) deadline.AwaitReader();
        if (!await flush) throw new OperationCanceledException(caller);
    }

    private ValueTask<bool> FillAsync(SseReader events, SignsOfLife life)
    {
        var fill = events.FillAsync(deadline.Token);
        return fill.IsCompleted ? fill : FillLaterAsync(fill, life);
    }

    // Once for each event of a slow stream, hence pooled.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> FillLaterAsync(ValueTask<bool> fill, SignsOfLife life)
    {
        life.Begin();
        try
        {
            var isMore = await fill;
            if (life.IsWriting) deadline.AwaitReader();
            return isMore;
        }
        finally
        {
            await life.EndAsync();
        }
    }

    private StreamBreak Silent(RoutedAnswer answer)
    {
        var provider = answer.Provider.Name;
        var message = deadline.Left <= TimeSpan.Zero
            ? $"The answer of the provider {provider} was not complete within the time that the call had. What arrived is incomplete; try again, or allow more time."
            : FormattableString.Invariant($"The provider {provider} fell silent for {deadline.Current.TotalSeconds:0.#} s in the middle of the answer. What arrived is incomplete; try again.");
        return answer.BreakOff(new StreamBreak(ErrorCode.Timeout, message), isTargetsFault: deadline.IsTargetsOwn);
    }

    private static StreamBreak BrokeOff(RoutedAnswer answer, string message) => answer.BreakOff(new StreamBreak(ErrorCode.UpstreamError, message), isTargetsFault: true);
}
