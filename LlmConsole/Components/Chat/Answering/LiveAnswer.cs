namespace LlmConsole.Components.Chat.Answering;

/// <summary>
/// An answer that is arriving. It belongs to the server and lives as long as a page watches it: when the last one goes, the call is
/// cancelled and what had arrived is kept.
/// </summary>
public sealed class LiveAnswer : IDisposable
{
    private readonly ConversationSink _sink;
    private readonly CancellationTokenSource _stop;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _watchers;

    internal LiveAnswer(string messageId, string requestId, ConversationSink sink, CancellationToken stopping)
    {
        MessageId = messageId;
        RequestId = requestId;
        _sink = sink;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(stopping);
    }

    public string MessageId { get; }

    /// <summary>The id of the call in the books.</summary>
    public string RequestId { get; }
    public string Text => _sink.Text;

    /// <summary>Completes, always successfully, when the answer has ended and its ending is stored.</summary>
    public Task Ended => _ended.Task;

    internal CancellationToken Stopped => _stop.Token;

    /// <summary>Breaks the answer off. What had arrived is kept.</summary>
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

    /// <summary>Tells of new text until disposed.</summary>
    public IDisposable Watch(Action changed)
    {
        Interlocked.Increment(ref _watchers);
        _sink.Changed += changed;
        return new Watching(this, changed);
    }

    internal void End() => _ended.TrySetResult();

    public void Dispose()
    {
        _stop.Dispose();
        _sink.Dispose();
    }

    private void Leave(Action changed)
    {
        _sink.Changed -= changed;
        if (Interlocked.Decrement(ref _watchers) == 0) Stop();
    }

    private sealed class Watching(LiveAnswer answer, Action changed) : IDisposable
    {
        private int _isDisposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isDisposed, 1) == 0) answer.Leave(changed);
        }
    }
}
