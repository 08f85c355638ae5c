using LlmConsole.Core.Routing;

namespace LlmConsole.Core.Chat;

/// <summary>
/// Tells a reader every 15 seconds that the connection lives, while nothing else is written. Waiting for an event costs no timer of its own: the one of the
/// stream looks, when it rings, how long the wait has lasted.
/// </summary>
internal sealed class SignsOfLife(IAnswerSink sink, CallDeadline deadline, TimeProvider time, CancellationToken caller) : IDisposable
{
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(15);

    private readonly Lock _lock = new();
    private ITimer? _timer;
    private Task? _writing;
    private long _since;
    private bool _isWaiting;

    /// <summary>Nobody else writes from here on.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            (_since, _isWaiting) = (time.GetTimestamp(), true);
            _timer ??= time.CreateTimer(static state => ((SignsOfLife)state!).Ring(), this, LongestSilence, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>The reader hasn't taken the last sign yet.</summary>
    public bool IsWriting
    {
        get
        {
            lock (_lock) return _writing is { IsCompleted: false };
        }
    }

    /// <summary>Completes when the sink is free for others.</summary>
    /// <exception cref="OperationCanceledException">The reader is gone, or the call's time is up.</exception>
    public ValueTask EndAsync()
    {
        lock (_lock)
        {
            _isWaiting = false;
            if (_writing is null) return ValueTask.CompletedTask;
            var writing = _writing;
            _writing = null;
            return new ValueTask(writing);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isWaiting = false;
            _timer?.Dispose();
        }
    }

    private void Ring()
    {
        lock (_lock)
        {
            var silence = _isWaiting ? time.GetElapsedTime(_since) : TimeSpan.Zero;
            if (silence >= LongestSilence)
            {
                // Where the reader hasn't taken the last sign yet, another is of no use.
                (_since, silence) = (time.GetTimestamp(), TimeSpan.Zero);
                if (_writing is null or { IsCompletedSuccessfully: true }) _writing = WriteAsync();
            }

            // A timer counts whole milliseconds.
            _timer!.Change(TimeSpan.FromMilliseconds(Math.Clamp(Math.Ceiling((LongestSilence - silence).TotalMilliseconds), 1, LongestSilence.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
        }
    }

    private async Task WriteAsync()
    {
        sink.KeepAlive();
        if (await deadline.WithinCallAsync(sink.FlushAsync)) return;

        // What is awaited of the provider is of no use to anybody.
        deadline.Abandon();
        throw new OperationCanceledException(caller);
    }
}
