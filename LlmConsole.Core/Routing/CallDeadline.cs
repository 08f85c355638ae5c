using System.Diagnostics.CodeAnalysis;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Core.Routing;

/// <summary>
/// The time that a call has: in all, until the first token, and between two events. One timer serves all three. It is only set anew for a deadline that
/// comes before it; for a later one, as each event of a stream brings, it finds out when it rings. The token is also cancelled when the caller leaves,
/// and when the process must stop.
/// </summary>
public sealed class CallDeadline : IDisposable
{
    /// <summary>Silence for less than this part of the model's own deadline is not held against a target: a caller may be more impatient than that.</summary>
    private const double ProvenSilence = 0.9;

    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly TimeSpan _total;
    private readonly ModelTimeouts _model;
    private readonly ModelTimeouts _timeouts;
    private readonly CancellationToken _caller;
    private readonly CancellationToken _stop;
    private readonly Lock _lock = new();
    private CancellationTokenSource _source;
    private ITimer? _timer;
    private TimeSpan _due;
    private TimeSpan _rings = TimeSpan.MaxValue;
    private bool _hasPassed;
    private int _own;

    /// <param name="tier">The tier's deadlines, where they are shorter.</param>
    /// <param name="callersOwn">The most time that the caller gives the whole call.</param>
    /// <param name="stop">Cancelled when the process can't wait for calls any longer.</param>
    public CallDeadline(ModelTimeouts timeouts, TimeoutLimits? tier, TimeSpan? callersOwn, long started, TimeProvider time, CancellationToken caller, CancellationToken stop = default)
    {
        _model = timeouts;
        _timeouts = timeouts.ShortenedBy(tier);
        _time = time;
        _started = started;
        _caller = caller;
        _stop = stop;
        var total = TimeSpan.FromSeconds(_timeouts.TotalSeconds);
        _total = callersOwn < total ? callersOwn.Value : total;
        Start();
    }

    public CancellationToken Token => _source.Token;

    /// <summary>The deadline that is running now.</summary>
    public TimeSpan Current { get; private set; }

    public bool HasPassed => Volatile.Read(ref _hasPassed);

    /// <summary>The process stops, and the call with it.</summary>
    public bool IsStopped => _stop.IsCancellationRequested;

    /// <summary>Since the call arrived.</summary>
    public TimeSpan Elapsed => _time.GetElapsedTime(_started);

    /// <summary>What the call has left in all.</summary>
    public TimeSpan Left => _total - Elapsed;

    /// <summary>For a new connection.</summary>
    public TimeSpan Connect => TimeSpan.FromSeconds(_timeouts.ConnectSeconds);

    /// <summary>Whether the deadline that is running is about as long as the model's own, so that missing it tells something about the target.</summary>
    public bool IsTargetsOwn => Current.TotalSeconds >= _own * ProvenSilence;

    /// <summary>A provider is asked for a stream: its first event is due.</summary>
    public void AwaitFirstToken() => Await(_timeouts.FirstTokenSeconds, _model.FirstTokenSeconds);

    /// <summary>A provider is asked for a whole completion: it has all the time that the call has.</summary>
    public void AwaitCompletion() => Await(_timeouts.TotalSeconds, _model.TotalSeconds);

    /// <summary>The next event of a stream is due.</summary>
    public void AwaitNextEvent() => Await(_timeouts.IdleSeconds, _model.IdleSeconds);

    /// <summary>Nothing is awaited of a provider; the call as a whole still has its end.</summary>
    public void AwaitReader() => Await(_timeouts.TotalSeconds, int.MaxValue);

    /// <summary>Whether another target may be asked: the caller is there, and the call has time left even if the last target used up its own.</summary>
    public bool TryRestart()
    {
        if (_caller.IsCancellationRequested || IsStopped || Left <= TimeSpan.Zero) return false;
        if (!HasPassed) return true;
        Dispose();
        Start();
        return true;
    }

    /// <summary>Waits before another try, if the call has so much time left.</summary>
    public async Task<bool> TryWaitAsync(TimeSpan wait)
    {
        if (wait >= Left || !TryRestart()) return false;
        AwaitReader();
        await Task.Delay(wait, _time, Token);
        return true;
    }

    /// <summary>Does what may take as long as the call may in all: no target's own deadline ends it.</summary>
    /// <exception cref="OperationCanceledException">The call's time is up, and has passed then; its caller left; or the process stops.</exception>
    public async Task<T> WithinCallAsync<T>(Func<CancellationToken, ValueTask<T>> work)
    {
        using var timeUp = new CancellationTokenSource(Left > TimeSpan.Zero ? Left : TimeSpan.Zero, _time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_caller, _stop, timeUp.Token);
        try
        {
            return await work(end.Token);
        }
        catch (OperationCanceledException) when (timeUp.IsCancellationRequested)
        {
            Volatile.Write(ref _hasPassed, true);
            throw;
        }
    }

    /// <summary>Nobody is there any more for whom something could be awaited.</summary>
    public void Abandon() => Cancel(_source);

    public void Dispose()
    {
        lock (_lock)
        {
            _timer?.Dispose();
            (_timer, _rings) = (null, TimeSpan.MaxValue);
            _source.Dispose();
        }
    }

    [MemberNotNull(nameof(_source))]
    private void Start()
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(_caller, _stop);
        Volatile.Write(ref _hasPassed, false);
    }

    private void Await(int seconds, int own)
    {
        var most = TimeSpan.FromSeconds(seconds);
        var elapsed = Elapsed;
        var left = _total - elapsed;
        (Current, _own) = (left < most ? left : most, own);
        lock (_lock)
        {
            _due = elapsed + Current;
            if (_due < _rings) Set(Current);
        }
    }

    private void Ring()
    {
        CancellationTokenSource source;
        lock (_lock)
        {
            // Of a timer that was disposed meanwhile; where there is a new one, its time isn't up either.
            if (_timer is null) return;
            if (_due - Elapsed is var left && left > TimeSpan.Zero)
            {
                Set(left);
                return;
            }

            Volatile.Write(ref _hasPassed, true);
            source = _source;
        }

        // Whatever waits for the token goes on here: not under the lock.
        Cancel(source);
    }

    /// <summary>A timer counts whole milliseconds and may ring early; it never rings for nothing that way.</summary>
    private void Set(TimeSpan left)
    {
        var wait = TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling(left.TotalMilliseconds)));
        _rings = _due;
        if (_timer is { } timer) timer.Change(wait, Timeout.InfiniteTimeSpan);
        else _timer = _time.CreateTimer(static deadline => ((CallDeadline)deadline!).Ring(), this, wait, Timeout.InfiniteTimeSpan);
    }

    private static void Cancel(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The call ended at this moment.
        }
    }
}
