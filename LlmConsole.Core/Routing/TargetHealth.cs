namespace LlmConsole.Core.Routing;

/// <summary>
/// What calls tell of one target: a breaker that opens when it fails too often and lets single calls probe it, a cool-down when it throttles, and
/// how fast it is. Passive: nothing is asked that no caller wanted.
/// </summary>
internal sealed class TargetHealth(TargetKey key, HealthOptions options, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly long _bornAt = time.GetTimestamp();
    private readonly DateTimeOffset _born = time.GetUtcNow();
    private readonly CallWindow _window = new();
    private readonly FirstTokenTimes _firstTokens = new();
    private int _inRow;
    private TimeSpan _lastFailure;
    private string? _lastError;
    private bool _isOpen;
    private HealthPass? _probe;
    private TimeSpan _openUntil;
    private TimeSpan _pause = options.FirstPause;
    private TimeSpan _coolUntil;
    private TimeSpan _since;

    public TargetKey Key => key;

    public RetryBudget Retries { get; } = new(options);

    /// <summary>Raised with the new state, outside of any lock.</summary>
    public Action<TargetKey, TargetState>? Changed { get; init; }

    private TimeSpan Now => time.GetElapsedTime(_bornAt);

    /// <summary>How long it must be left alone; none when it may be asked now.</summary>
    public TimeSpan? Pause()
    {
        lock (_lock) return Pause(Now);
    }

    /// <summary>The average time to the first token of recent answers, in milliseconds.</summary>
    public double? Latency()
    {
        lock (_lock) return _firstTokens.Average(Now);
    }

    /// <summary>Leave to ask it once. None when it must be left alone; an open target lets one call at a time through once its pause is over.</summary>
    public HealthPass? Enter()
    {
        lock (_lock)
        {
            if (Pause(Now) is not null) return null;
            var pass = new HealthPass(this, isProbe: _isOpen);
            if (_isOpen) _probe = pass;
            return pass;
        }
    }

    public TargetStatus Status()
    {
        lock (_lock)
        {
            var now = Now;
            var (calls, failures) = _window.Sum(now);
            var pause = Pause(now);
            return new TargetStatus
            {
                Target = key,
                State = State(now),
                Since = _born + (State(now) == TargetState.Probing ? Max(_since, _openUntil) : _since),
                Pause = pause,
                Calls = calls,
                ErrorRate = calls == 0 ? 0 : (double)failures / calls,
                ConsecutiveFailures = _inRow,
                LastError = _lastError,
                LastErrorAt = _lastError is null ? null : _born + _lastFailure,
                FirstTokenMs = _firstTokens.Median(),
            };
        }
    }

    internal void Began(HealthPass pass, TimeSpan firstToken)
    {
        lock (_lock)
        {
            _firstTokens.Add(Now, firstToken);
            if (_probe != pass) return;
            Close();
        }

        Changed?.Invoke(key, TargetState.Healthy);
    }

    internal void Succeeded(HealthPass pass)
    {
        var closed = false;
        lock (_lock)
        {
            if (_probe == pass)
            {
                Close();
                closed = true;
            }

            if (_isOpen) return;
            _window.Add(Now, failed: false);
            _inRow = 0;
            _pause = options.FirstPause;
        }

        if (closed) Changed?.Invoke(key, TargetState.Healthy);
    }

    internal void Failed(HealthPass pass, string error)
    {
        lock (_lock)
        {
            var now = Now;
            _inRow = now - _lastFailure > options.RowEnds ? 1 : _inRow + 1;
            (_lastFailure, _lastError) = (now, error);

            // Calls that were under way when it opened say nothing new.
            if (_isOpen && _probe != pass) return;
            _window.Add(now, failed: true);
            if (!pass.IsProbe && !FailsTooOften(now)) return;
            Open(now);
        }

        Changed?.Invoke(key, TargetState.Open);
    }

    /// <summary>It said that it is asked too much. That is no failure, and as a probe it proves that the target is there.</summary>
    internal void Throttled(HealthPass pass, TimeSpan? wait, string error)
    {
        lock (_lock)
        {
            var now = Now;
            var pause = wait ?? options.UsualCoolDown;
            var until = now + (pause < options.LongestCoolDown ? pause : options.LongestCoolDown);
            if (_probe == pass) Close();
            if (until > _coolUntil) _coolUntil = until;
            _since = now;
            (_lastFailure, _lastError) = (now, error);
        }

        Changed?.Invoke(key, TargetState.CoolingDown);
    }

    internal void Abandoned(HealthPass pass)
    {
        lock (_lock)
        {
            if (_probe == pass) _probe = null;
        }
    }

    private TimeSpan? Pause(TimeSpan now)
    {
        if (_isOpen && now < _openUntil) return _openUntil - now;
        if (_isOpen && _probe is not null) return TimeSpan.FromSeconds(1);
        return now < _coolUntil ? _coolUntil - now : null;
    }

    private TargetState State(TimeSpan now) =>
        _isOpen ? (now < _openUntil ? TargetState.Open : TargetState.Probing) : now < _coolUntil ? TargetState.CoolingDown : TargetState.Healthy;

    private bool FailsTooOften(TimeSpan now)
    {
        if (_inRow >= options.ConsecutiveFailures) return true;
        var (calls, failures) = _window.Sum(now);
        return calls >= options.MinimumCalls && failures >= calls * options.ErrorRate;
    }

    private void Open(TimeSpan now)
    {
        (_isOpen, _probe, _since, _openUntil) = (true, null, now, now + _pause);
        _pause = Min(_pause * 2, options.LongestPause);
    }

    private void Close()
    {
        (_isOpen, _probe, _inRow, _since) = (false, null, 0, Now);
        _window.Clear();
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}

/// <summary>Leave to ask a target once, and the duty to tell how it went: once, however it ends.</summary>
internal sealed class HealthPass(TargetHealth health, bool isProbe)
{
    private bool _isTold;

    /// <summary>The call finds out whether a target that failed is well again; its failure opens the breaker at once.</summary>
    public bool IsProbe => isProbe;

    /// <summary>The answer has begun.</summary>
    public void Began(TimeSpan firstToken) => health.Began(this, firstToken);

    public void Succeeded()
    {
        if (TryTell()) health.Succeeded(this);
    }

    public void Failed(string error)
    {
        if (TryTell()) health.Failed(this, error);
    }

    public void Throttled(TimeSpan? wait, string error)
    {
        if (TryTell()) health.Throttled(this, wait, error);
    }

    /// <summary>The end says nothing about the target: the caller left, or the request was at fault.</summary>
    public void Abandoned()
    {
        if (TryTell()) health.Abandoned(this);
    }

    private bool TryTell() => !_isTold && (_isTold = true);
}
