using LlmConsole.Core.Configuration;

namespace LlmConsole.Core.Metering;

/// <summary>When a budget will be used up if calls go on as they did lately.</summary>
public static class SpendForecast
{
    /// <summary>A budget that never resets is worth a word only when its end is this near.</summary>
    private static readonly TimeSpan Horizon = TimeSpan.FromDays(30);

    /// <summary>How far back the pace is taken from; none where the period is too short to foresee anything.</summary>
    public static TimeSpan? Window(QuotaPeriod period) => period switch
    {
        QuotaPeriod.Day => TimeSpan.FromHours(6),
        QuotaPeriod.Week => TimeSpan.FromDays(2),
        QuotaPeriod.Month or QuotaPeriod.Lifetime => TimeSpan.FromDays(7),
        _ => null,
    };

    /// <summary>The moment at which nothing will be left; none when the budget lasts until it resets.</summary>
    /// <param name="left">Of the budget, in its unit.</param>
    /// <param name="recent">What was spent within <paramref name="window"/> before <paramref name="now"/>.</param>
    public static DateTimeOffset? UsedUpAt(long left, long recent, TimeSpan window, DateTimeOffset now, DateTimeOffset? resetsAt)
    {
        if (left <= 0 || recent <= 0) return null;
        var lasts = window.TotalSeconds * left / recent;
        return lasts < ((resetsAt ?? now + Horizon) - now).TotalSeconds ? now.AddSeconds(lasts) : null;
    }
}
