using LlmConsole.Core.Caching;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Wire;

namespace LlmConsole.Components.Console.Playground;

/// <summary>One call of the playground, from its request to its record in the books.</summary>
public sealed class PlaygroundRun : IDisposable
{
    private readonly CancellationTokenSource _stop;

    internal PlaygroundRun(string requestId, string model, string body, CacheWish wish, TimeProvider time, CancellationToken stopping)
    {
        (RequestId, Model, Body, Wish) = (requestId, model, body, wish);
        Sink = new PlaygroundSink(requestId, time);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Stopped = _stop.Token;
    }

    public string RequestId { get; }

    /// <summary>The model that is asked.</summary>
    public string Model { get; }

    /// <summary>The request as JSON.</summary>
    public string Body { get; }

    /// <summary>What was wanted of the cache.</summary>
    public CacheWish Wish { get; }

    public string Text => Sink.Text;

    /// <summary>The response as a client of the API would get it.</summary>
    public string Raw => Sink.Raw;

    /// <summary>Why there is no whole answer; none when there is, or while it arrives.</summary>
    public RefusalException? Refusal { get; private set; }

    public bool IsRunning { get; private set; } = true;

    /// <summary>It was ended before its end.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>The call in the books, once it has ended.</summary>
    public UsageRecord? Record { get; private set; }

    internal PlaygroundSink Sink { get; }

    internal CancellationToken Stopped { get; }

    /// <summary>Breaks the answer off.</summary>
    public void Stop()
    {
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended by itself at this moment.
        }
    }

    internal void End(UsageRecord? record, RefusalException? refusal)
    {
        (Record, Refusal) = (record, refusal);
        IsStopped = refusal is null && !Sink.IsComplete;
        IsRunning = false;
        Dispose();
    }

    public void Dispose()
    {
        _stop.Dispose();
        Sink.Dispose();
    }
}
