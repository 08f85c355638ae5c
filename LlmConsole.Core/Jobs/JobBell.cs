using System.Threading.Channels;

namespace LlmConsole.Core.Jobs;

/// <summary>Wakes the runner of this process: a job was queued, or one was cancelled.</summary>
public sealed class JobBell
{
    private readonly Channel<bool> _rung = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>A job of this id was cancelled or given up; raised on the thread of whoever did it.</summary>
    public event Action<string>? Stopped;

    public void Ring() => _rung.Writer.TryWrite(true);

    public void Stop(string jobId) => Stopped?.Invoke(jobId);

    /// <summary>Completes when it rings.</summary>
    internal ValueTask<bool> WaitAsync(CancellationToken cancellation) => _rung.Reader.ReadAsync(cancellation);
}
