using LlmConsole.Core.Caching;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Routing;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Chat;

/// <summary>Passes an answer on to its caller and to those who follow the same flight; when the caller leaves, to those alone.</summary>
internal sealed class LeadingSink(IAnswerSink inner, Flight flight, CancellationToken caller) : IAnswerSink
{
    public void Begin(in AnswerHead head)
    {
        flight.Begin(head.Stream, head.Cache == CacheVerdict.Semantic);

        // What a fire drill made for this call is nobody else's answer.
        if (head.ModelServed == Drill.Name) flight.Fail(null);
        if (IsThere) inner.Begin(head);
    }

    public void Write(ReadOnlySpan<byte> json)
    {
        flight.Add(json);
        if (IsThere) inner.Write(json);
    }

    public void WriteWhole(ReadOnlyMemory<byte> completion)
    {
        flight.AddWhole(completion);
        if (IsThere) inner.WriteWhole(completion);
    }

    public void KeepAlive()
    {
        if (IsThere) inner.KeepAlive();
    }

    public void End()
    {
        if (IsThere) inner.End();
    }

    public void Fail(RefusalException refusal)
    {
        if (IsThere) inner.Fail(refusal);
    }

    public async ValueTask<bool> FlushAsync(CancellationToken cancellation)
    {
        if (IsThere && await TryFlushAsync(cancellation)) return true;
        flight.LoseLeader();
        return flight.Followers > 0;
    }

    private bool IsThere => !flight.HasLostLeader;

    /// <summary>The token says how long the call may take, not whether its caller is there: it goes on for those who follow.</summary>
    private async ValueTask<bool> TryFlushAsync(CancellationToken cancellation)
    {
        var flush = inner.FlushAsync(cancellation);
        if (flush.IsCompleted) return await flush;
        try
        {
            // Once the caller has left, nothing touches the sink that is still being flushed.
            return await flush.AsTask().WaitAsync(caller);
        }
        catch (OperationCanceledException) when (caller.IsCancellationRequested)
        {
            return false;
        }
    }
}
