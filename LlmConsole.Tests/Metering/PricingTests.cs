using System.Numerics;
using FsCheck.Fluent;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Wire;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Metering;

public sealed class PricingTests
{
    [Fact]
    public void Cost_EachBucketHasItsPrice()
    {
        var price = Price(2.50m, 1.25m, 10m);

        Pricing.Cost(price, new TokenUsage(1_000, 4_000, 500, 200)).ShouldBe(Usd.FromDollars(0.0025m + 0.005m + 0.005m));
    }

    [Fact]
    public void Cost_CacheWrites_HaveAPriceOfTheirOwn() =>
        Pricing.Cost(Price(1m, null, 0m) with { CacheWritePerMillion = Usd.FromDollars(1.25m) }, new TokenUsage(1_000_000, 0, 0, 0, 1_000_000)).ShouldBe(Usd.FromDollars(2.25m));

    [Fact]
    public void Cost_PricePerRequest_ComesOnTop() =>
        Pricing.Cost(Price(1m, null, 0m) with { PerRequest = Usd.FromDollars(0.01m) }, new TokenUsage(1_000_000, 0, 0, 0)).ShouldBe(Usd.FromDollars(1.01m));

    [Fact]
    public void Cost_NoPriceForCachedTokens_TakesTheInputPrice() =>
        Pricing.Cost(Price(1m, null, 0m), new TokenUsage(0, 1_000_000, 0, 0)).ShouldBe(Usd.FromDollars(1));

    [Fact]
    public void Cost_PartOfANanoDollar_IsRoundedUpOnce() =>
        Pricing.Cost(Price(0.0001m, 0.0001m, 0.0001m), new TokenUsage(1, 1, 1, 0)).ShouldBe(new Usd(1));

    [Fact]
    public void Cost_ForAnyTokens_IsTheExactSumRoundedUp() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).Three().ToArbitrary(), Gen.Choose(0, int.MaxValue).Three().ToArbitrary(), (tokens, prices) =>
        {
            var price = new ModelPrice { Version = 1, EffectiveFrom = default, InputPerMillion = new(prices.Item1), CachedInputPerMillion = new(prices.Item2), OutputPerMillion = new(prices.Item3) };
            var exact = ((BigInteger)tokens.Item1 * prices.Item1) + ((BigInteger)tokens.Item2 * prices.Item2) + ((BigInteger)tokens.Item3 * prices.Item3);

            var cost = Pricing.Cost(price, new TokenUsage(tokens.Item1, tokens.Item2, tokens.Item3, 0));

            ((BigInteger)cost.Nanos).ShouldBe((exact + 999_999) / 1_000_000);
        }).Holds();

    [Fact]
    public void Cost_Unpriced_IsZero() => Pricing.Cost(null, new TokenUsage(1, 2, 3, 0)).ShouldBe(Usd.Zero);

    private static ModelPrice Price(decimal input, decimal? cached, decimal output) => new()
    {
        Version = 1, EffectiveFrom = default, InputPerMillion = Usd.FromDollars(input), CachedInputPerMillion = cached is { } amount ? Usd.FromDollars(amount) : null, OutputPerMillion = Usd.FromDollars(output),
    };
}
