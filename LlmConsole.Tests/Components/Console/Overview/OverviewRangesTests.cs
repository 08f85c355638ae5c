using LlmConsole.Components.Console.Overview;
using LlmConsole.Components.Shared;

namespace LlmConsole.Tests.Components.Console.Overview;

public sealed class OverviewRangesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 34, 56, TimeSpan.Zero);

    [Theory]
    [InlineData("5m", 1)]
    [InlineData("1h", 60)]
    [InlineData("24h", 3_600)]
    [InlineData("7d", 3_600)]
    [InlineData("30d", 21_600)]
    public void Step_OfAPreset_GivesAFewHundredPointsAtMost(string name, int seconds)
    {
        var range = TimeRange.Of(name, null, null, OverviewRanges.Presets, Now);

        var step = OverviewRanges.StepOf(range);

        step.TotalSeconds.ShouldBe(seconds);
        OverviewRanges.TimeOf(range, step, Now).Count.ShouldBeInRange(2, 301);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(700)]
    [InlineData(40_000)]
    [InlineData(400_000)]
    [InlineData(90_000_000)]
    public void Time_OfAnyStretch_CoversIt(int seconds)
    {
        var range = new TimeRange(null, Now, Now.AddSeconds(seconds));

        var time = OverviewRanges.TimeOf(range, OverviewRanges.StepOf(range), Now);

        time.From.ShouldBeLessThanOrEqualTo(range.From);
        time.To.ShouldBeGreaterThanOrEqualTo(range.To);
        time.Count.ShouldBeLessThanOrEqualTo(302);
    }

    [Theory]
    [InlineData("2026-11-22T12:34:56Z", "2026-11-23T12:34:56Z", 24)]
    [InlineData("2026-11-21T00:00:00Z", "2026-11-23T00:00:00Z", null)]
    [InlineData("2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z", 12)]
    public void Step_ThatNowLiesIn_IsUnderWay(string from, string to, int? step)
    {
        var range = TimeRange.Of(null, from, to, OverviewRanges.Presets, Now);

        OverviewRanges.TimeOf(range, TimeSpan.FromHours(1), Now).UnderWay.ShouldBe(step);
    }

    [Theory]
    [InlineData("2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z", null)]
    [InlineData("2026-11-23T11:00:00Z", "2026-11-23T10:00:00Z", "5m")]
    [InlineData("nonsense", "2026-11-23T10:00:00Z", "5m")]
    public void Range_OfTheUrl_IsAbsoluteOnlyWhenBothEndsAreInOrder(string from, string to, string? name) =>
        TimeRange.Of("no-such-preset", from, to, OverviewRanges.Presets, Now).Name.ShouldBe(name);
}
