using System.Globalization;
using System.Runtime.InteropServices;
using LlmConsole.Core;

namespace LlmConsole.Hosting;

/// <summary>
/// While the process has its cores busy, its threads run under Linux' policy for programs that have much to do (<c>SCHED_BATCH</c>): one that becomes ready doesn't interrupt one that runs. By default
/// the thread that is told of sockets interrupts whoever works, for each packet, only to queue it, which is a sixth of what a call costs. While there is time to spare, the default is quicker to answer. Calls go in <see cref="Stages"/> as long.
/// </summary>
internal sealed class BatchScheduling(Settings settings, TimeProvider time) : BackgroundService
{
    internal const int Other = 0;
    internal const int Batch = 3;

    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(250);

    /// <summary>Of all the time of all cores, what was used: from here on it is busy, and until there it stays so. Where it waits for Redis and PostgreSQL on a busy machine, it has no more of its cores when it has the most to do.</summary>
    private const double Busy = 0.4;
    private const double StillBusy = 0.3;

    private bool _isBusy;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var ticks = new PeriodicTimer(Every, time);
        var (at, used) = (time.GetTimestamp(), Environment.CpuUsage.TotalTime);
        try
        {
            var changesPolicy = ChangesPolicy();
            while (await ticks.WaitForNextTickAsync(stoppingToken))
            {
                var (elapsed, now) = (time.GetElapsedTime(at), Environment.CpuUsage.TotalTime);
                var wasBusy = _isBusy;
                Stages.AreQueued = IsBusy((now - used) / (elapsed * Environment.ProcessorCount));
                if (changesPolicy && _isBusy) Change(Other, Batch);
                else if (changesPolicy && wasBusy) Change(Batch, Other);
                (at, used) = (time.GetTimestamp(), now);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process stops.
        }
    }

    /// <summary>Whoever started the process under another policy has chosen it.</summary>
    private bool ChangesPolicy()
    {
        try
        {
            return settings.SchedulesInBatches && OperatingSystem.IsLinux() && PolicyOf(0) == Other;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    /// <param name="share">Of all the time of all cores, since the last time that this was asked.</param>
    internal bool IsBusy(double share) => _isBusy = share >= (_isBusy ? StillBusy : Busy);

    /// <summary>Changes all threads of the process that run under a policy. Where the system has no such policy, forbids it, or doesn't show its threads, all stays as it is, and calls cost more.</summary>
    internal static void Change(int from, int to)
    {
        var parameters = default(Parameters);
        try
        {
            foreach (var thread in Directory.EnumerateDirectories("/proc/self/task"))
            {
                var id = int.Parse(Path.GetFileName(thread), CultureInfo.InvariantCulture);
                if (PolicyOf(id) == from) _ = SetPolicy(id, to, ref parameters);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Threads that were not reached keep what they had.
        }
    }

    /// <summary>The policy of a thread by its number, 0 for the calling one; negative when it is gone.</summary>
    [DllImport("libc", EntryPoint = "sched_getscheduler")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static extern int PolicyOf(int thread);

    [DllImport("libc", EntryPoint = "sched_setscheduler")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetPolicy(int thread, int policy, ref Parameters parameters);

    private struct Parameters
    {
        public int Priority;
    }
}
