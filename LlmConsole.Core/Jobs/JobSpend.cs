using LlmConsole.Core.Chat;
using LlmConsole.Core.Limits;

namespace LlmConsole.Core.Jobs;

/// <summary>What the calls of a job may still cost: each reserves its worst case before it begins and leaves its cost when it has ended, so that the limit holds whatever they answer.</summary>
internal sealed class JobSpend(Usd? limit, Usd spent)
{
    /// <summary>The output of a request that doesn't say how much it wants.</summary>
    public const int DefaultOutput = Demand.DefaultOutput;

    private readonly Lock _lock = new();
    private Usd _spent = spent;
    private Usd _reserved;
    private TaskCompletionSource _freed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Reserves the worst case of a call; waits while others hold what it needs. None when it doesn't fit even alone.</summary>
    public async Task<Usd?> TryReserveAsync(ChatCall call, CancellationToken cancellation)
    {
        if (limit is not { } most) return Usd.Zero;
        var worst = CallAdmission.Bound(call.Caller, call.Read(), DefaultOutput, call.StartedAt).Most;
        while (true)
        {
            Task freed;
            lock (_lock)
            {
                if (worst <= most - _spent - _reserved)
                {
                    _reserved += worst;
                    return worst;
                }

                if (_reserved == Usd.Zero) return null;
                freed = _freed.Task;
            }

            await freed.WaitAsync(cancellation);
        }
    }

    /// <summary>The call has ended.</summary>
    public void Settle(Usd reserved, Usd cost)
    {
        lock (_lock)
        {
            _reserved -= reserved;
            _spent += cost;
            (_freed, var waiting) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), _freed);
            waiting.TrySetResult();
        }
    }
}
