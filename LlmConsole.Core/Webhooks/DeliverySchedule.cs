namespace LlmConsole.Core.Webhooks;

/// <summary>When a delivery that failed is attempted again.</summary>
internal static class DeliverySchedule
{
    /// <summary>The longest that a receiver may ask us to wait.</summary>
    private static readonly TimeSpan LongestWish = TimeSpan.FromHours(24);

    /// <summary>The first attempt is made at once; these come between an attempt and the next.</summary>
    private static readonly TimeSpan[] Delays =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5), TimeSpan.FromHours(10), TimeSpan.FromHours(14), TimeSpan.FromHours(20), TimeSpan.FromHours(24),
    ];

    /// <summary>The jitter adds up to a tenth, so that what failed together doesn't come back together.</summary>
    private const double Jitter = 0.1;

    public static int Length => Delays.Length + 1;

    /// <summary>The time until the next attempt; none when there is none.</summary>
    /// <param name="tries">Attempts that failed.</param>
    /// <param name="chance">Between 0 and 1.</param>
    /// <param name="wish">How long the receiver wants to be left alone.</param>
    public static TimeSpan? After(int tries, double chance, TimeSpan? wish)
    {
        if (tries > Delays.Length) return null;
        var delay = Delays[tries - 1] * (1 + (Jitter * chance));
        return wish > delay ? (wish < LongestWish ? wish : LongestWish) : delay;
    }
}
