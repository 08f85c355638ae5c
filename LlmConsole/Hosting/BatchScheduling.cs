using System.Globalization;
using LlmConsole.Core;

namespace LlmConsole.Hosting;

/// <summary>
/// Chooses how Linux schedules the threads of the process. While it has its cores busy, all run under the policy for programs that have much to do (<c>SCHED_BATCH</c>): one that becomes ready doesn't interrupt one that
/// runs. By default the thread that is told of sockets interrupts whoever works, for each packet, only to queue it, which is a sixth of what a call costs. Calls go in <see cref="Stages"/> as long.
/// While there is time to spare, that thread interrupts, and it and the workers that it wakes take short turns: a call doesn't wait for whoever computes for some milliseconds, as the compiler does. A worker still
/// doesn't interrupt: it would stop whoever wakes it in the midst of a lock, and then wait for that.
/// </summary>
internal sealed class BatchScheduling(Settings settings, TimeProvider time) : BackgroundService
{
    /// <summary>The runtime's names of threads.</summary>
    internal const string Worker = ".NET TP Worker";
    internal const string Engine = ".NET Sockets";

    /// <summary>The shortest that Linux has, in nanoseconds.</summary>
    internal const long ShortTurn = 100_000;

    private const string Threads = "/proc/self/task";
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(250);

    /// <summary>Of all the time of all cores, what was used: from here on it is busy, and until there it stays so. Where it waits for Redis and PostgreSQL on a busy machine, it has no more of its cores when it has the most to do.</summary>
    private const double Busy = 0.4;
    private const double StillBusy = 0.3;

    private HashSet<int> _known = [];
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
                if (_isBusy != wasBusy) _known.Clear();
                if (changesPolicy) _known = Schedule(_isBusy, _known);
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
            return settings.SchedulesInBatches && OperatingSystem.IsLinux() && ThreadScheduling.Of(0) is { Policy: ThreadScheduling.Other };
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    /// <param name="share">Of all the time of all cores, since the last time that this was asked.</param>
    internal bool IsBusy(double share) => _isBusy = share >= (_isBusy ? StillBusy : Busy);

    /// <summary>Changes all threads of the process but those that are known, and says which are. Where the system has no such policy, forbids it, or doesn't show its threads, all stays as it is.</summary>
    internal static HashSet<int> Schedule(bool isBusy, HashSet<int> known)
    {
        var present = new HashSet<int>();
        try
        {
            foreach (var thread in Directory.EnumerateDirectories(Threads))
            {
                var id = int.Parse(Path.GetFileName(thread), CultureInfo.InvariantCulture);
                if (known.Contains(id) || TrySchedule(isBusy, thread, id)) present.Add(id);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The system doesn't show them.
        }

        return present;
    }

    /// <summary>False when the thread has ended meanwhile.</summary>
    private static bool TrySchedule(bool isBusy, string thread, int id)
    {
        try
        {
            ThreadScheduling.Change(id, isBusy ? new ThreadScheduling(ThreadScheduling.Batch, Turn: 0) : Calm(File.ReadAllText($"{thread}/comm").TrimEnd()));
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>How a thread of this name is scheduled while there is time to spare.</summary>
    private static ThreadScheduling Calm(string name) => name switch
    {
        Worker => new(ThreadScheduling.Batch, ShortTurn),
        Engine => new(ThreadScheduling.Other, ShortTurn),
        _ => new(ThreadScheduling.Other, Turn: 0),
    };
}
