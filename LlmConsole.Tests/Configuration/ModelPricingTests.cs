using LlmConsole.Core;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Tests.Configuration;

public sealed class ModelPricingTests
{
    private static readonly DateTimeOffset Start = new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Model Unpriced = new() { Id = "mod_1", Name = "m", Targets = [new ModelTarget("prv_1", "m")] };

    [Fact]
    public void WithPrice_Changed_FollowsTheOldOneFromNowOn()
    {
        var model = Priced(Priced(Unpriced, 1, Start), 2, Start.AddDays(1));

        model.Prices.Select(price => price.Version).ShouldBe([1, 2]);
        model.PriceAt(Start.AddTicks(-1)).ShouldBeNull();
        model.PriceAt(Start.AddDays(1).AddTicks(-1))!.Version.ShouldBe(1);
        model.PriceAt(Start.AddDays(1))!.Version.ShouldBe(2);
    }

    [Fact]
    public void WithPrice_SameAsInForce_ChangesNothing()
    {
        var model = Priced(Unpriced, 1, Start);

        Priced(model, 1, Start.AddDays(1)).ShouldBeSameAs(model);
    }

    [Fact]
    public void WithPrice_BackToAnEarlierOne_IsAVersionOfItsOwn()
    {
        var model = Priced(Priced(Priced(Unpriced, 1, Start), 2, Start.AddDays(1)), 1, Start.AddDays(2));

        model.Prices.Select(price => price.Version).ShouldBe([1, 2, 3]);
    }

    private static Model Priced(Model model, decimal input, DateTimeOffset at) => model.WithPrice(Usd.FromDollars(input), null, Usd.FromDollars(4), at);
}
