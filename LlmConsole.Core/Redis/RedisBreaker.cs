using LlmConsole.Core.Telemetry;

namespace LlmConsole.Core.Redis;

/// <summary>
/// Open while Redis doesn't answer, so that nobody waits for it: the first failure opens it, a probe in the background closes it. The more
/// often it opens, the longer it waits before the next probe.
/// </summary>
internal sealed class RedisBreaker(TimeProvider time)
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Steady = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private TimeSpan _pause = ShortestPause;
    private DateTimeOffset _closedAt = time.GetUtcNow();
    private TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile StoreStatus _status = new(StoreMetrics.Redis, time.GetUtcNow(), "not connected yet");
    private long _outages = 1;

    public StoreStatus Status => _status;
    public bool IsOpen => _status.IsDegraded;

    /// <summary>Rises whenever it opens: who keeps something that follows from what Redis said knows by it that something may have been missed.</summary>
    public long Outages => Interlocked.Read(ref _outages);

    /// <summary>How long to wait before the next probe.</summary>
    public TimeSpan Pause
    {
        get
        {
            lock (_lock) return _pause;
        }
    }

    /// <summary>True when this failure opened it.</summary>
    public bool Fail(string reason)
    {
        lock (_lock)
        {
            if (IsOpen) return false;
            var now = time.GetUtcNow();
            var longer = _pause * 2;
            _pause = now - _closedAt >= Steady ? ShortestPause : longer < LongestPause ? longer : LongestPause;
            Interlocked.Increment(ref _outages);
            _status = new StoreStatus(StoreMetrics.Redis, now, reason);
            _opened.TrySetResult();
            return true;
        }
    }

    /// <summary>True when it was open.</summary>
    public bool Close()
    {
        lock (_lock)
        {
            if (!IsOpen) return false;
            _closedAt = time.GetUtcNow();
            _status = new StoreStatus(StoreMetrics.Redis);
            if (_opened.Task.IsCompleted) _opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return true;
        }
    }

    /// <summary>Completes when it opens; at once if it is open.</summary>
    public Task OpenedAsync(CancellationToken cancellation)
    {
        lock (_lock) return IsOpen ? Task.CompletedTask : _opened.Task.WaitAsync(cancellation);
    }
}
