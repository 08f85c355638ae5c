using LlmConsole.Core;
using LlmConsole.Core.Caching.Semantic;

namespace LlmConsole.Tests.Caching;

public sealed class ThresholdSweepTests
{
    [Fact]
    public void At_Threshold_CountsWhatReachesItAndNoGuardHolds()
    {
        var sweep = new ThresholdSweep([Pair(0.95, isRight: true), Pair(0.8, isRight: false), Pair(0.79), Pair(0.99, veto: "numbers")]);

        var point = sweep.At(0.8);

        (point.Pairs, point.Hits, point.Right, point.Wrong).ShouldBe((4, 2, 1, 1));
        point.HitRate.ShouldBe(0.5);
        point.Saved.ShouldBe(new Usd(20));
        point.Precision.ShouldBe(0.5);
    }

    [Fact]
    public void At_NoPairs_IsZeroWithoutPrecision()
    {
        var point = new ThresholdSweep([]).At(0.8);

        (point.HitRate, point.Precision, point.Interval).ShouldBe((0, null, null));
    }

    [Fact]
    public void Points_Always_CoverWhatAPolicyMayHave() =>
        new ThresholdSweep([]).Points().Select(point => point.Threshold).ShouldBe(Enumerable.Range(50, 51).Select(hundredths => hundredths / 100.0));

    [Fact]
    public void Points_HigherThreshold_NeverHitsMore() =>
        new ThresholdSweep([.. Enumerable.Range(0, 200).Select(i => Pair(i / 200.0))]).Points().Select(point => point.Hits).ShouldBeInOrder(SortDirection.Descending);

    [Fact]
    public void LowestFor_WrongOnesBelow_LiesAboveThem()
    {
        var sweep = new ThresholdSweep([.. Enumerable.Range(0, 100).Select(_ => Pair(0.9, isRight: true)), .. Enumerable.Range(0, 20).Select(_ => Pair(0.7, isRight: false))]);

        sweep.LowestFor(0.95)!.Threshold.ShouldBe(0.71);
    }

    [Fact]
    public void LowestFor_FewLabels_IsNone() =>
        new ThresholdSweep([Pair(0.9, isRight: true), Pair(0.9, isRight: true)]).LowestFor(0.95).ShouldBeNull();

    [Fact]
    public void Border_Always_IsNearestFirstAndLeavesOutVetoed() =>
        new ThresholdSweep([Pair(0.99), Pair(0.78), Pair(0.8, veto: "dates"), Pair(0.81)]).Border(0.8, 2).Select(pair => pair.Similarity).ShouldBe([0.81, 0.78]);

    [Theory]
    [InlineData(10, 10, 0.7225, 1)]
    [InlineData(0, 10, 0, 0.2775)]
    [InlineData(50, 100, 0.4038, 0.5962)]
    public void Of_Observations_IsWilsonsInterval(int successes, int observations, double low, double high)
    {
        var interval = WilsonInterval.Of(successes, observations)!.Value;

        interval.Low.ShouldBe(low, 0.0001);
        interval.High.ShouldBe(high, 0.0001);
    }

    private static SweepPair Pair(double similarity, bool? isRight = null, string? veto = null) =>
        new() { Id = Ids.NewRandom("pair"), Prompt = "a", NearPrompt = "b", Similarity = similarity, Veto = veto, IsRight = isRight, Cost = new Usd(10) };
}
