namespace LlmConsole.Hosting;

/// <summary>
/// Gives memory back once it is quiet. The collector runs when something is allocated: a server would keep what its start and its busiest minute took for as long
/// as nothing happens. It pauses for some tens of milliseconds, when hardly anybody is there to notice.
/// </summary>
internal sealed class QuietCollection(TimeProvider time) : BackgroundService
{
    /// <summary>The start is over.</summary>
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    /// <summary>Bytes allocated within a period, below which it was quiet.</summary>
    private const long Quiet = 8 * 1024 * 1024;

    /// <summary>Bytes allocated since the last time that are worth a pause.</summary>
    private const long Worth = 16 * 1024 * 1024;

    private long _before;
    private long _collected;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.Delay(First, time, stoppingToken);
            Look();
            using var ticks = new PeriodicTimer(Every, time);
            while (await ticks.WaitForNextTickAsync(stoppingToken)) Look();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process stops.
        }
    }

    /// <summary>Whether a collection is due, given all that was allocated since the process began.</summary>
    internal bool IsDue(long allocated)
    {
        var isQuiet = _before == 0 || allocated - _before < Quiet;
        _before = allocated;
        if (!isQuiet || allocated - _collected < Worth) return false;
        _collected = allocated;
        return true;
    }

    private void Look()
    {
        if (!IsDue(GC.GetTotalAllocatedBytes())) return;
        BodyBuffers.Shared.Clear();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }
}
