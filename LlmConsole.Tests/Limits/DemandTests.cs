using FsCheck.Fluent;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Limits;

public sealed class DemandTests
{
    [Fact]
    public void WorstCase_PricePerRequest_IsPartOfIt() =>
        new Demand { PromptTokens = 0, Choices = 1, PerRequest = Usd.FromDollars(0.01m) }.WorstCase(QuotaUnit.Usd, 0).ShouldBe(Usd.FromDollars(0.01m).Nanos);

    [Fact]
    public void Affords_LessThanThePricePerRequest_NothingAtAll() =>
        new Demand { PromptTokens = 0, Choices = 1, OutputPerMillion = Usd.FromDollars(1), PerRequest = Usd.FromDollars(0.01m) }.Affords(QuotaUnit.Usd, Usd.FromDollars(0.01m).Nanos - 1).ShouldBeLessThan(0);

    [Fact]
    public void Affords_AnyMoney_IsTheMostWhoseWorstCaseFits() =>
        Prop.ForAll(Gen.Choose(0, 100_000).Three().ToArbitrary(), Gen.Choose(0, 2_000_000_000).Three().ToArbitrary(), (counts, prices) =>
        {
            var demand = new Demand { PromptTokens = counts.Item1, Choices = 1 + (counts.Item2 % 4), InputPerMillion = new(prices.Item1), OutputPerMillion = new(1 + prices.Item2), PerRequest = new(prices.Item3 % 100_000) };
            var left = (long)counts.Item3 * 1_000;

            var output = demand.Affords(QuotaUnit.Usd, left);

            if (output >= 0) demand.WorstCase(QuotaUnit.Usd, output).ShouldBeLessThanOrEqualTo(left);
            demand.WorstCase(QuotaUnit.Usd, Math.Max(0, output + 1)).ShouldBeGreaterThan(output < 0 ? left - 1 : left);
        }).Holds();
}
