namespace LlmConsole.Core.Redis;

/// <summary>
/// Where steps of many calls meet on their way to Redis: one message takes all that came while the one before it was under way. So a busy gateway sends one for many calls, and an idle one sends each at
/// once. What one step has to wait for at most is a message that is under way, whose time is bounded.
/// </summary>
/// <param name="most">How many steps one message takes.</param>
/// <param name="areStaged">Whether calls go in stages: then a turn waits behind all that is ready to run, and takes what these calls want along.</param>
/// <param name="send">Sends a message and gives each of its steps what became of it. Never throws.</param>
internal sealed class RedisTurns<T>(int most, Func<bool> areStaged, Func<IReadOnlyList<T>, Task> send) : IThreadPoolWorkItem
{
    private readonly Lock _lock = new();
    private List<T> _waiting = [];
    private List<T> _taken = [];
    private bool _isUnderWay;

    public void Add(T step)
    {
        lock (_lock)
        {
            _waiting.Add(step);
            if (_isUnderWay) return;
            _isUnderWay = true;
        }

        if (areStaged()) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        else Begin();
    }

    void IThreadPoolWorkItem.Execute() => _ = RunAsync();

    /// <summary>Not as a part of the call that happens to be the first: others follow it.</summary>
    private void Begin()
    {
        if (ExecutionContext.IsFlowSuppressed())
        {
            _ = RunAsync();
            return;
        }

        using (ExecutionContext.SuppressFlow()) _ = RunAsync();
    }

    private async Task RunAsync()
    {
        while (Take() is { Count: > 0 } steps)
        {
            await send(steps);
            steps.Clear();
        }
    }

    /// <summary>What the next message takes; empty when nothing waits, and the turns have ended.</summary>
    private List<T> Take()
    {
        lock (_lock)
        {
            if (_waiting.Count <= most) (_waiting, _taken) = (_taken, _waiting);
            else
            {
                _taken.AddRange(_waiting.Take(most));
                _waiting.RemoveRange(0, most);
            }

            _isUnderWay = _taken.Count > 0;
            return _taken;
        }
    }
}
