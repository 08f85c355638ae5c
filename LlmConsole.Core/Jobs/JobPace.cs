using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Jobs;

/// <summary>When the next call of a running job may begin. What one item learns of a limit holds for all of them.</summary>
internal sealed class JobPace(JobSpend spend, TimeProvider time)
{
    private long _pausedUntil;
    private long _parkedUntil;
    private volatile RefusalException? _parkedBy;
    private volatile bool _isCapped;

    public JobSpend Spend => spend;

    /// <summary>No further call fits the job's spend limit.</summary>
    public bool IsCapped => _isCapped;

    /// <summary>The job is put back until then; none while it goes on.</summary>
    public DateTimeOffset? ParkedUntil => Interlocked.Read(ref _parkedUntil) is > 0 and var at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;

    /// <summary>What refused the call for whose sake the job is put back.</summary>
    public RefusalException? ParkedBy => _parkedBy;

    /// <summary>Calls may begin, sooner or later.</summary>
    public bool IsOn => !_isCapped && Interlocked.Read(ref _parkedUntil) == 0;

    public void Cap() => _isCapped = true;

    /// <summary>Nothing begins for so long.</summary>
    public void Pause(TimeSpan wait) => Raise(ref _pausedUntil, wait);

    /// <summary>The wait is too long to sit it out.</summary>
    public void Park(TimeSpan wait, RefusalException refusal)
    {
        if (Raise(ref _parkedUntil, wait)) _parkedBy = refusal;
    }

    public async Task WaitAsync(CancellationToken cancellation)
    {
        while (IsOn && Interlocked.Read(ref _pausedUntil) - time.GetUtcNow().ToUnixTimeMilliseconds() is > 0 and var left)
            await Task.Delay(TimeSpan.FromMilliseconds(left), time, cancellation);
    }

    private bool Raise(ref long until, TimeSpan wait)
    {
        var at = (time.GetUtcNow() + wait).ToUnixTimeMilliseconds();
        for (var current = Interlocked.Read(ref until); at > current;)
        {
            var seen = Interlocked.CompareExchange(ref until, at, current);
            if (seen == current) return true;
            current = seen;
        }

        return false;
    }
}
