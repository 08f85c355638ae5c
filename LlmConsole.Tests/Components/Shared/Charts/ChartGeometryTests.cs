using LlmConsole.Components.Shared.Charts;

namespace LlmConsole.Tests.Components.Shared.Charts;

public sealed class ChartGeometryTests
{
    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(3.2, 4, 1)]
    [InlineData(11, 15, 5)]
    [InlineData(100, 100, 50)]
    [InlineData(101, 150, 50)]
    [InlineData(0.00007, 0.00008, 0.00002)]
    public void Scale_ReachesTheHighestValue_InRoundSteps(double highest, double top, double step)
    {
        var geometry = new ChartGeometry([[0, highest, null]], 3);

        geometry.Top.ShouldBe(top, top * 1e-9);
        geometry.Step.ShouldBe(step, step * 1e-9);
        geometry.Lines.Count().ShouldBeInRange(2, 6);
    }

    [Fact]
    public void Line_WithGap_IsDrawnInPieces() => new ChartGeometry([[1, 1, null, 0, 1]], 5).Line([1, 1, null, 0, 1]).ShouldBe("M0 0L250 0M750 200L1000 0");

    [Fact]
    public void Line_ValueBetweenGaps_IsADot() => new ChartGeometry([[null, 1, null]], 3).Line([null, 1, null]).ShouldBe("M500 0h.1");

    [Fact]
    public void Line_OfNothing_IsEmpty() => new ChartGeometry([[null, null]], 2).Line([null, null]).ShouldBe("");

    [Fact]
    public void Area_WithGap_ReachesTheGroundAtBothSides() =>
        new ChartGeometry([[1, null, 1]], 3).Area([1, null, 1]).ShouldBe("M0 200L0 0L0 200ZM1000 200L1000 0L1000 200Z");

    [Fact]
    public void StepUnderWay_IsApartFromTheLine()
    {
        double?[] values = [1, 1, 0, null];
        var geometry = new ChartGeometry([values], 4, underWay: 2);

        (geometry.Line(values), geometry.SoFar(values)).ShouldBe(("M0 0L333.3 0", "M333.3 0L666.7 200"));
        geometry.Area(values).ShouldBe("M0 200L0 0L333.3 0L333.3 200Z");
        new ChartGeometry([values], 4).SoFar(values).ShouldBe("");
        new ChartGeometry([[null, 1]], 2, underWay: 1).SoFar([null, 1]).ShouldBe("M1000 0h.1");
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.5, 150)]
    [InlineData(1, 299)]
    [InlineData(7, 299)]
    [InlineData(-1, 0)]
    public void Step_UnderAShareOfTheWidth_IsTheNearest(double share, int index) => new ChartTime(DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(1), 300).IndexOf(share).ShouldBe(index);
}
