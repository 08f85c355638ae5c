using System.Runtime.InteropServices;

namespace LlmConsole.Hosting;

/// <summary>How Linux schedules a thread. The C library knows only the first of both.</summary>
/// <param name="Policy">Such as <see cref="Batch"/>.</param>
/// <param name="Turn">How long it runs at a time when others want to, in nanoseconds; 0 before Linux 6.12.</param>
internal readonly record struct ThreadScheduling(int Policy, long Turn)
{
    public const int Other = 0;
    public const int Batch = 3;

    /// <summary>Of a thread by its number, 0 for the calling one. None when it is gone, or the system doesn't tell.</summary>
    /// <exception cref="DllNotFoundException">This is not Linux.</exception>
    /// <exception cref="EntryPointNotFoundException">This is not Linux.</exception>
    public static ThreadScheduling? Of(int thread)
    {
        Span<ulong> attributes = stackalloc ulong[Words];
        return TryRead(thread, attributes) ? new ThreadScheduling(PolicyIn(attributes), (long)attributes[TurnWord]) : null;
    }

    /// <summary>Changes a thread, unless it runs under a policy that is neither <see cref="Other"/> nor <see cref="Batch"/>, or that is forbidden. A turn of 0 is the system's own; Linux before 6.12 has no other.</summary>
    public static void Change(int thread, ThreadScheduling to)
    {
        Span<ulong> attributes = stackalloc ulong[Words];
        if (!TryRead(thread, attributes) || PolicyIn(attributes) is not (Other or Batch)) return;
        attributes[0] = (uint)attributes[0] | ((ulong)to.Policy << 32);
        attributes[TurnWord] = (ulong)to.Turn;
        _ = Call(IsArm ? 274 : 314, thread, ref attributes[0], 0, 0);
    }

    /// <summary>Of <c>struct sched_attr</c>, whose first word holds its size and the policy.</summary>
    private const int Words = 6;
    private const int TurnWord = 3;

    private static bool IsArm => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    private static int PolicyIn(ReadOnlySpan<ulong> attributes) => (int)(attributes[0] >> 32);

    private static bool TryRead(int thread, Span<ulong> attributes) => Call(IsArm ? 275 : 315, thread, ref attributes[0], Words * sizeof(ulong), 0) == 0;

    /// <summary><c>sched_getattr</c> and <c>sched_setattr</c>.</summary>
    [DllImport("libc", EntryPoint = "syscall")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Call(nint number, nint thread, ref ulong attributes, nuint sizeOrFlags, nuint flags);
}
