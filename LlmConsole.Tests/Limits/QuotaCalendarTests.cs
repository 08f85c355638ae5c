using FsCheck.Fluent;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Limits;

public sealed class QuotaCalendarTests
{
    [Theory]
    [InlineData(QuotaPeriod.Minute, "UTC", "2026-11-23T12:34:56Z", "2026-11-23T12:34:00Z", "2026-11-23T12:35:00Z")]
    [InlineData(QuotaPeriod.Hour, "Asia/Kolkata", "2026-11-23T12:34:56Z", "2026-11-23T12:30:00Z", "2026-11-23T13:30:00Z")]
    [InlineData(QuotaPeriod.Day, "Asia/Kolkata", "2026-11-23T12:34:56Z", "2026-11-22T18:30:00Z", "2026-11-23T18:30:00Z")]
    [InlineData(QuotaPeriod.Week, "UTC", "2026-11-29T23:59:59Z", "2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z")]
    [InlineData(QuotaPeriod.Month, "America/New_York", "2026-11-01T03:00:00Z", "2026-10-01T04:00:00Z", "2026-11-01T04:00:00Z")]
    [InlineData(QuotaPeriod.Day, "America/New_York", "2026-11-01T12:00:00Z", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z")]
    [InlineData(QuotaPeriod.Day, "America/New_York", "2026-03-08T12:00:00Z", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z")]
    public void PeriodOf_FollowsTheCalendarOfTheZone(QuotaPeriod period, string zone, string moment, string start, string end) =>
        QuotaCalendar.PeriodOf(Quota(period, zone), At(moment)).ShouldBe((At(start), At(end)));

    [Fact]
    public void PeriodOf_AMidnightThatTheClocksSkip_BeginsWhenTheyWereSet()
    {
        // In Beirut the night of 29 March 2026 goes from 00:00 to 01:00.
        QuotaCalendar.PeriodOf(Quota(QuotaPeriod.Day, "Asia/Beirut"), At("2026-03-29T12:00:00Z")).Start.ShouldBe(At("2026-03-28T22:00:00Z"));
    }

    [Fact]
    public void PeriodOf_Lifetime_NeverEnds() => QuotaCalendar.PeriodOf(Quota(QuotaPeriod.Lifetime, "UTC"), At("2026-11-23T12:00:00Z")).End.ShouldBeNull();

    /// <summary>Periods hold their moment, and one begins exactly where the one before ended: no moment is counted twice or never.</summary>
    [Fact]
    public void PeriodOf_AnyMoment_IsInsideAndFollowedByTheNext() =>
        Prop.ForAll(
            Gen.Choose(1_700_000_000, 1_900_000_000).ToArbitrary(),
            Gen.Elements("UTC", "Asia/Kolkata", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Beirut", "America/St_Johns").ToArbitrary(),
            Gen.Elements(QuotaPeriod.Minute, QuotaPeriod.Hour, QuotaPeriod.Day, QuotaPeriod.Week, QuotaPeriod.Month).ToArbitrary(),
            (seconds, zone, period) =>
            {
                var moment = DateTimeOffset.FromUnixTimeSeconds(seconds);
                var (start, end) = QuotaCalendar.PeriodOf(Quota(period, zone), moment);

                start.ShouldBeLessThanOrEqualTo(moment);
                end!.Value.ShouldBeGreaterThan(moment);
                QuotaCalendar.PeriodOf(Quota(period, zone), start).ShouldBe((start, end));
                QuotaCalendar.PeriodOf(Quota(period, zone), end.Value).Start.ShouldBe(end.Value);
            }).Holds();

    private static Quota Quota(QuotaPeriod period, string zone) => new() { Unit = QuotaUnit.Tokens, Period = period, Limit = 1, TimeZone = zone };

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
