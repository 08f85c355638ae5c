using System.Runtime.InteropServices;

namespace LlmConsole.Hosting;

/// <summary>
/// Linux' policy for programs that have much to do (<c>SCHED_BATCH</c>): a thread that becomes ready doesn't interrupt one that runs. By default the thread that is told of sockets interrupts whoever works, for
/// each packet, only to queue it: on a busy core that is a sixth of what a call costs.
/// </summary>
internal static class BatchScheduling
{
    private const int Other = 0;
    private const int Batch = 3;

    /// <summary>
    /// For the calling thread and those that descend from it, hence called before there are others. Does nothing where the system has no such policy or forbids it, or where whoever started the process chose another.
    /// </summary>
    public static void Apply(Settings settings)
    {
        if (!settings.SchedulesInBatches || !OperatingSystem.IsLinux() || Policy(0) != Other) return;
        var parameters = default(Parameters);

        // By this function and not by the system's own: the library remembers the policy, and new threads get what it remembers.
        _ = SetPolicy(Self(), Batch, ref parameters);
    }

    /// <summary>The policy of a thread by its number; 0 is the calling one.</summary>
    [DllImport("libc", EntryPoint = "sched_getscheduler")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static extern int Policy(int thread);

    [DllImport("libc", EntryPoint = "pthread_self")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nuint Self();

    [DllImport("libc", EntryPoint = "pthread_setschedparam")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetPolicy(nuint thread, int policy, ref Parameters parameters);

    private struct Parameters
    {
        public int Priority;
    }
}
