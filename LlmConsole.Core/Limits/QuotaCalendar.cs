using LlmConsole.Core.Configuration;

namespace LlmConsole.Core.Limits;

/// <summary>The periods of quotas, by the calendar of their time zone. Weeks begin on Monday.</summary>
public static class QuotaCalendar
{
    /// <summary>The period that holds a moment: its beginning, and the moment at which the next one begins (none for a lifetime).</summary>
    public static (DateTimeOffset Start, DateTimeOffset? End) PeriodOf(Quota quota, DateTimeOffset moment)
    {
        if (quota.Period == QuotaPeriod.Lifetime) return (DateTimeOffset.UnixEpoch, null);
        var zone = TimeZoneInfo.FindSystemTimeZoneById(quota.TimeZone);
        var local = TimeZoneInfo.ConvertTime(moment, zone).DateTime;
        if (quota.Period is QuotaPeriod.Minute or QuotaPeriod.Hour)
        {
            // Minutes and hours pass evenly whatever the clocks are set to; half-hour zones shift their beginnings.
            var length = quota.Period == QuotaPeriod.Minute ? TimeSpan.FromMinutes(1) : TimeSpan.FromHours(1);
            var start = moment - TimeSpan.FromTicks(local.Ticks % length.Ticks);
            return (start, start + length);
        }

        var first = quota.Period switch
        {
            QuotaPeriod.Day => local.Date,
            QuotaPeriod.Week => local.Date.AddDays(-(((int)local.DayOfWeek + 6) % 7)),
            _ => new DateTime(local.Year, local.Month, 1),
        };
        var next = quota.Period switch
        {
            QuotaPeriod.Day => first.AddDays(1),
            QuotaPeriod.Week => first.AddDays(7),
            _ => first.AddMonths(1),
        };
        return (Instant(first, zone), Instant(next, zone));
    }

    /// <summary>A local midnight that the clocks skip begins when they have been set forward.</summary>
    private static DateTimeOffset Instant(DateTime local, TimeZoneInfo zone)
    {
        while (zone.IsInvalidTime(local)) local = local.AddMinutes(15);

        // Of a midnight that happens twice, the earlier one begins the period.
        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }
}
