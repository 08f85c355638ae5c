namespace LlmConsole.Core.Metering;

/// <summary>The hours that roll-ups count by: of UTC, in Unix milliseconds.</summary>
internal static class UsageHour
{
    private const long Milliseconds = 3_600_000;

    /// <summary>The start of the hour that the instant lies in.</summary>
    public static long Of(DateTimeOffset instant) => Floor(instant.ToUnixTimeMilliseconds());

    public static long Floor(long instant) => instant - (((instant % Milliseconds) + Milliseconds) % Milliseconds);

    public static long Ceiling(long instant) => Floor(instant + Milliseconds - 1);
}
