using LlmConsole.Components.Console.Overview;

namespace LlmConsole.Tests.Components.Console.Overview;

public sealed class OverviewMoneyTests
{
    [Theory]
    [InlineData(0, "$0.00")]
    [InlineData(420_000, "$0.00042")]
    [InlineData(400_000, "$0.0004")]
    [InlineData(555_400, "$0.00056")]
    [InlineData(0.5, "$0.0000000005")]
    [InlineData(20_000_000, "$0.02")]
    [InlineData(1_250_000_000, "$1.25")]
    public void Money_OfAChart_SaysTwoDigitsBelowACent(double nanos, string text) => OverviewFigures.Money(nanos).ShouldBe(text);
}
