using LlmConsole.Components.Console.Requests;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Wire;

namespace LlmConsole.Tests.Components.Console;

public sealed class CostFormulaTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private static readonly Model Priced = new()
    {
        Id = "mod_1",
        Name = "m",
        Targets = [],
        Prices =
        [
            Price(1, 1m, null, 2m),
            Price(2, 3m, 0.3m, 15m),
        ],
    };

    private static readonly UsageRecord Call = new()
    {
        RequestId = "req_1", StartedAt = Start, TenantId = "ten_1", ModelAsked = "m", ModelServed = "m", Outcome = Outcome.Answered, Status = 200,
        UsageSource = UsageSource.Provider, InputTokens = 1_200, OutputTokens = 300, PriceVersion = 1, Cost = Usd.FromDollars(0.0018m),
    };

    [Fact]
    public void Of_PricedCall_NamesTokensPriceAndVersion() =>
        Formula(Call).ShouldBe("1,200 input × $1.00 + 300 output × $2.00 per million tokens = $0.0018 (price version 1)");

    [Fact]
    public void Of_CallWithCachedInput_NamesItsOwnPrice() =>
        Formula(Call with { CachedInputTokens = 1_000, PriceVersion = 2, Cost = Usd.FromDollars(0.0084m) })
            .ShouldBe("1,200 input × $3.00 + 1,000 cached input × $0.30 + 300 output × $15.00 per million tokens = $0.0084 (price version 2)");

    [Fact]
    public void Of_CachedInputWithoutItsOwnPrice_UsesTheInputPrice() =>
        Formula(Call with { CachedInputTokens = 10 }).ShouldContain("10 cached input × $1.00");

    [Fact]
    public void Of_UnpricedCall_SaysSo() => Formula(Call with { PriceVersion = null, Cost = Usd.Zero }).ShouldStartWith("Unpriced:");

    [Fact]
    public void Of_RefusedCall_SaysThatNothingWasUsed() =>
        Formula(Call with { Outcome = Outcome.Refused, UsageSource = UsageSource.None, PriceVersion = null }).ShouldBe("No tokens were used, so nothing was charged.");

    [Fact]
    public void Of_CachedAnswer_TellsWhatItSaved() =>
        Formula(Call with { Cache = CacheVerdict.Exact, Cost = Usd.Zero, SavedCost = Usd.FromDollars(0.0018m) }).ShouldContain("would have cost $0.0018");

    [Fact]
    public void Of_ModelThatIsGone_StillTellsTheCost() =>
        Formula(Call with { ModelAsked = "gone", ModelServed = "gone" }).ShouldBe("$0.0018 by price version 1 of a model that isn't configured any more.");

    private static string Formula(UsageRecord record) =>
        CostFormula.Of(record, new ConfigurationSnapshot(1, [], [], [], [], new Dictionary<string, Model> { [Priced.Id] = Priced }, []));

    private static ModelPrice Price(int version, decimal input, decimal? cached, decimal output) => new()
    {
        Version = version,
        EffectiveFrom = Start,
        InputPerMillion = Usd.FromDollars(input),
        CachedInputPerMillion = cached is { } dollars ? Usd.FromDollars(dollars) : null,
        OutputPerMillion = Usd.FromDollars(output),
    };
}
