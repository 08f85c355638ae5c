using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using LlmConsole.Core.Metering.Live;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Metering.Live;

public sealed class LatencyHistogramTests
{
    private static readonly Gen<double[]> Times = Gen.Choose(1_000, 600_000_000).Select(micros => micros / 1_000.0).NonEmptyListOf().Select(times => times.ToArray());

    [Fact]
    public void Percentile_OfAnyTimes_IsWithinFivePercentOfTheTrueOne() =>
        Prop.ForAll(Times.ToArbitrary(), Gen.Elements(.01, .5, .95, .99, 1).ToArbitrary(), (times, share) =>
        {
            var truth = times.Order().ElementAt(Math.Max(1, (int)Math.Ceiling(share * times.Length)) - 1);

            Of(times).Percentile(share)!.Value.ShouldBe(truth, truth * 0.05);
        }).Holds();

    [Fact]
    public void Add_TwoHistograms_IsTheHistogramOfAllCalls() =>
        Prop.ForAll(Times.ToArbitrary(), Times.ToArbitrary(), (some, others) =>
        {
            var merged = Of(some);
            merged.Add(Of(others));

            merged.Buckets.ShouldBe(Of([.. some, .. others]).Buckets);
        }).Holds();

    [Fact]
    public void Json_ThereAndBack_IsTheSame()
    {
        var histogram = Of([0.2, 3, 3.01, 900, 1e12]);

        JsonSerializer.Deserialize<LatencyHistogram>(JsonSerializer.Serialize(histogram))!.Buckets.ShouldBe(histogram.Buckets);
    }

    [Theory]
    [InlineData("[1]")]
    [InlineData("[1,-1]")]
    [InlineData("[100000,1]")]
    public void Json_NoHistogram_IsRefused(string json) => Should.Throw<JsonException>(() => JsonSerializer.Deserialize<LatencyHistogram>(json));

    [Fact]
    public void Percentile_OfNothing_IsNone() => new LatencyHistogram().Percentile(.5).ShouldBeNull();

    private static LatencyHistogram Of(IEnumerable<double> times)
    {
        var histogram = new LatencyHistogram();
        foreach (var time in times) histogram.Add(time);
        return histogram;
    }
}
