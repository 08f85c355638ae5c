using LlmConsole.Components.Console.Budgets;
using LlmConsole.Components.Shared;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;

namespace LlmConsole.Tests.Components.Console;

public sealed class SpendLevelTests
{
    [Theory]
    [InlineData(79, 0, Tone.Ok, 79, 0)]
    [InlineData(80, 30, Tone.Warn, 80, 20)]
    [InlineData(95, 0, Tone.Bad, 95, 0)]
    [InlineData(130, 10, Tone.Bad, 100, 0)]
    public void Bar_OfSpentAndReserved_NeverLeavesItsTrack(long spent, long reserved, Tone tone, double solid, double hatched)
    {
        var level = new SpendLevel(Standing(spent, reserved, 100));

        (level.Tone, level.SpentWidth, level.ReservedWidth).ShouldBe((tone, solid, hatched));
    }

    [Fact]
    public void Bar_OfABudgetOfNothing_IsFull() => new SpendLevel(Standing(0, 0, 0)).SpentWidth.ShouldBe(100);

    [Fact]
    public void Percent_BelowATenth_IsntCalledZero() => new SpendLevel(Standing(1, 0, 100_000)).PercentText.ShouldBe("<\u00a00.1\u00a0%");

    [Fact]
    public void Percent_JustBelowTheLimit_IsntCalledFull() => new SpendLevel(Standing(99_999, 0, 100_000)).PercentText.ShouldBe("99.9\u00a0%");

    [Fact]
    public void Tightest_OfSoftAndHard_IsTheFullestThatRefuses()
    {
        var (soft, low, high) = (Standing(99, 0, 100, hard: false), Standing(10, 0, 100), Standing(10, 20, 100));

        SpendLevel.Tightest([soft, low, high]).ShouldBe(high);
        SpendLevel.Tightest([]).ShouldBeNull();
    }

    private static QuotaStanding Standing(long spent, long reserved, long limit, bool hard = true) => new(
        new LimitScope(ScopeKind.Tenant, "ten_a", "Acme", default, []),
        new Quota { Unit = QuotaUnit.Requests, Period = QuotaPeriod.Day, Limit = limit, Hard = hard }, spent, reserved, DateTimeOffset.UnixEpoch, null);
}
