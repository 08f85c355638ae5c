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
        OverviewRanges.TimeOf(range, step).Count.ShouldBeInRange(2, 301);
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

        var time = OverviewRanges.TimeOf(range, OverviewRanges.StepOf(range));

        time.From.ShouldBeLessThanOrEqualTo(range.From);
        time.To.ShouldBeGreaterThanOrEqualTo(range.To);
        time.Count.ShouldBeLessThanOrEqualTo(302);
    }

    [Theory]
    [InlineData("2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z", null)]
    [InlineData("2026-11-23T11:00:00Z", "2026-11-23T10:00:00Z", "5m")]
    [InlineData("nonsense", "2026-11-23T10:00:00Z", "5m")]
    public void Range_OfTheUrl_IsAbsoluteOnlyWhenBothEndsAreInOrder(string from, string to, string? name) =>
        TimeRange.Of("no-such-preset", from, to, OverviewRanges.Presets, Now).Name.ShouldBe(name);
}
