using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;

namespace LlmConsole.Tests.Metering;

public sealed class SpendForecastTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Reset = new(2026, 12, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);

    [Fact]
    public void UsedUpAt_PaceBeyondTheReset_SaysWhen() => SpendForecast.UsedUpAt(left: 50, recent: 100, Week, Now, Reset).ShouldBe(Now.AddDays(3.5));

    [Fact]
    public void UsedUpAt_PaceThatLasts_SaysNothing() => SpendForecast.UsedUpAt(left: 200, recent: 100, Week, Now, Reset).ShouldBeNull();

    [Fact]
    public void UsedUpAt_ExactlyAtTheReset_SaysNothing() => SpendForecast.UsedUpAt(left: 100, recent: 100, Week, Now, Now + Week).ShouldBeNull();

    [Theory]
    [InlineData(0, 100)]
    [InlineData(100, 0)]
    public void UsedUpAt_NothingLeftOrNothingSpent_SaysNothing(long left, long recent) => SpendForecast.UsedUpAt(left, recent, Week, Now, Reset).ShouldBeNull();

    [Fact]
    public void UsedUpAt_LifetimeFarFromItsEnd_SaysNothing()
    {
        SpendForecast.UsedUpAt(left: 10_000, recent: 100, Week, Now, null).ShouldBeNull();
        SpendForecast.UsedUpAt(left: 100, recent: 100, Week, Now, null).ShouldBe(Now + Week);
    }

    [Fact]
    public void Window_OfShortPeriods_IsNone()
    {
        SpendForecast.Window(QuotaPeriod.Minute).ShouldBeNull();
        SpendForecast.Window(QuotaPeriod.Hour).ShouldBeNull();
    }
}
