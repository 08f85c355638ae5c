using LlmConsole.Core.Configuration;

namespace LlmConsole.Core.Chat;

/// <summary>
/// The last that is sent of an answer, which for one that isn't streamed is all of it. The call stands in the books by then; what is left is its reader's connection, and what waits
/// there takes memory.
/// </summary>
internal static class LastFlush
{
    /// <summary>However late an answer comes, its reader has so long to take it.</summary>
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(30);

    /// <summary>What is left of the time that a call has in all.</summary>
    public static TimeSpan TimeFor(ChatCall call, Model? model, TimeProvider time)
    {
        var total = TimeSpan.FromSeconds((model?.Timeouts ?? new ModelTimeouts()).ShortenedBy(call.Caller.Tier.Timeouts).TotalSeconds);
        var left = (call.Timeout < total ? call.Timeout.Value : total) - time.GetElapsedTime(call.StartedTimestamp);
        return left > Least ? left : Least;
    }

    /// <summary>Sends it, if the reader takes it in time.</summary>
    /// <exception cref="OperationCanceledException">The reader left, or didn't take it: the connection is of no use any more.</exception>
    public static async ValueTask<bool> SendAsync(IAnswerSink sink, ChatCall call, Model? model, TimeProvider time, CancellationToken cancellation)
    {
        var flush = sink.FlushAsync(cancellation);
        if (flush.IsCompleted) return await flush;
        try
        {
            return await flush.AsTask().WaitAsync(TimeFor(call, model, time), time, cancellation);
        }
        catch (TimeoutException)
        {
            throw new OperationCanceledException("The reader didn't take the answer in the time that the call had.");
        }
    }
}
