namespace LlmConsole.Core.Routing;

/// <summary>Calls and failures of the last ten seconds, by the second. Not for use by two at once.</summary>
internal sealed class CallWindow
{
    private const int Seconds = 10;

    private readonly (long Second, int Calls, int Failures)[] _slots = new (long, int, int)[Seconds];

    public void Add(TimeSpan now, bool failed)
    {
        var second = (long)now.TotalSeconds;
        ref var slot = ref _slots[second % Seconds];
        if (slot.Second != second) slot = (second, 0, 0);
        slot.Calls++;
        if (failed) slot.Failures++;
    }

    public (int Calls, int Failures) Sum(TimeSpan now)
    {
        var oldest = (long)now.TotalSeconds - Seconds;
        var (calls, failures) = (0, 0);
        foreach (var slot in _slots)
        {
            if (slot.Second <= oldest) continue;
            calls += slot.Calls;
            failures += slot.Failures;
        }

        return (calls, failures);
    }

    public void Clear() => Array.Clear(_slots);
}

/// <summary>Times to the first token: an average that forgets, for the choice, and the median of the last ones, for people. Not for use by two at once.</summary>
internal sealed class FirstTokenTimes
{
    private const int Kept = 64;
    private const double NewestShare = 0.2;

    /// <summary>A target that was slow this long ago deserves another look.</summary>
    private static readonly TimeSpan Stale = TimeSpan.FromMinutes(1);

    private readonly float[] _last = new float[Kept];
    private int _count;
    private double _average;
    private TimeSpan _latest;

    public void Add(TimeSpan now, TimeSpan firstToken)
    {
        var milliseconds = firstToken.TotalMilliseconds;
        _average = _count == 0 || now - _latest > Stale ? milliseconds : _average + (NewestShare * (milliseconds - _average));
        _last[_count++ % Kept] = (float)milliseconds;
        _latest = now;
    }

    /// <summary>In milliseconds; none without recent answers.</summary>
    public double? Average(TimeSpan now) => _count > 0 && now - _latest <= Stale ? _average : null;

    public double? Median()
    {
        if (_count == 0) return null;
        var times = _last[..Math.Min(_count, Kept)];
        Array.Sort(times);
        return times[times.Length / 2];
    }
}

/// <summary>Retries that the traffic affords: each call adds a share of one, so that an outage isn't multiplied by those who try again.</summary>
internal sealed class RetryBudget(HealthOptions options)
{
    private readonly Lock _lock = new();
    private double _left = options.RetryBurst;

    public void Called()
    {
        lock (_lock) _left = Math.Min(options.RetryBurst, _left + options.RetryShare);
    }

    public bool TryTake()
    {
        lock (_lock)
        {
            if (_left < 1) return false;
            _left--;
            return true;
        }
    }
}
