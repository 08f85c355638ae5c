using System.Diagnostics.CodeAnalysis;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Core.Routing;

/// <summary>
/// The time that a call has: in all, until the first token, and between two events. One timer serves all three, moved as the call goes on; its
/// token is also cancelled when the caller leaves.
/// </summary>
public sealed class CallDeadline : IDisposable
{
    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly TimeSpan _total;
    private readonly ModelTimeouts _timeouts;
    private readonly CancellationToken _caller;
    private CancellationTokenSource _timer;
    private CancellationTokenSource _linked;

    public CallDeadline(ModelTimeouts timeouts, TimeSpan? callersOwn, long started, TimeProvider time, CancellationToken caller)
    {
        _timeouts = timeouts;
        _time = time;
        _started = started;
        _caller = caller;
        var total = TimeSpan.FromSeconds(timeouts.TotalSeconds);
        _total = callersOwn < total ? callersOwn.Value : total;
        Start();
    }

    public CancellationToken Token => _linked.Token;

    /// <summary>The deadline that is running now.</summary>
    public TimeSpan Current { get; private set; }

    public bool HasPassed => _timer.IsCancellationRequested;

    /// <summary>A provider is asked for a stream: its first event is due.</summary>
    public void AwaitFirstToken() => Await(TimeSpan.FromSeconds(_timeouts.FirstTokenSeconds));

    /// <summary>A provider is asked for a whole completion: it has all the time that the call has.</summary>
    public void AwaitCompletion() => Await(_total);

    /// <summary>The next event of a stream is due.</summary>
    public void AwaitNextEvent() => Await(TimeSpan.FromSeconds(_timeouts.IdleSeconds));

    /// <summary>Whether another target may be asked: the caller is there, and the call has time left even if the last target used up its own.</summary>
    public bool TryRestart()
    {
        if (_caller.IsCancellationRequested || _time.GetElapsedTime(_started) >= _total) return false;
        if (!HasPassed) return true;
        Dispose();
        Start();
        return true;
    }

    public void Dispose()
    {
        _linked.Dispose();
        _timer.Dispose();
    }

    [MemberNotNull(nameof(_timer), nameof(_linked))]
    private void Start()
    {
        _timer = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _time);
        _linked = CancellationTokenSource.CreateLinkedTokenSource(_timer.Token, _caller);
    }

    private void Await(TimeSpan most)
    {
        var left = _total - _time.GetElapsedTime(_started);
        Current = left < most ? left : most;
        _timer.CancelAfter(Current > TimeSpan.Zero ? Current : TimeSpan.FromTicks(1));
    }
}
