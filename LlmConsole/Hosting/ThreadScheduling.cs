using System.Runtime.InteropServices;

namespace LlmConsole.Hosting;

/// <summary>How Linux schedules a thread. The C library knows only the first of both.</summary>
/// <param name="Policy">Such as <see cref="Batch"/>.</param>
/// <param name="Turn">How long it runs at a time when others want to, in nanoseconds; 0 before Linux 6.12.</param>
internal readonly record struct ThreadScheduling(int Policy, long Turn)
{
    public const int Other = 0;
    public const int Batch = 3;

    // Of struct sched_attr, whose first word holds its size and the policy.
    private const int Words = 6;
    private const int TurnWord = 3;

    /// <summary>The numbers of <c>sched_getattr</c> and <c>sched_setattr</c>, which are others on each architecture; none where they aren't known here.</summary>
    private static (nint Get, nint Set)? Numbers => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => (315, 314),
        Architecture.Arm64 => (275, 274),
        _ => null,
    };

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
        if (Numbers is not { } numbers || !TryRead(thread, attributes) || PolicyIn(attributes) is not (Other or Batch)) return;
        attributes[0] = (uint)attributes[0] | ((ulong)to.Policy << 32);
        attributes[TurnWord] = (ulong)to.Turn;
        _ = Call(numbers.Set, thread, ref attributes[0], 0, 0);
    }

    private static int PolicyIn(ReadOnlySpan<ulong> attributes) => (int)(attributes[0] >> 32);

    private static bool TryRead(int thread, Span<ulong> attributes) => Numbers is { } numbers && Call(numbers.Get, thread, ref attributes[0], Words * sizeof(ulong), 0) == 0;

    [DllImport("libc", EntryPoint = "syscall")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Call(nint number, nint thread, ref ulong attributes, nuint sizeOrFlags, nuint flags);
}
