using Bunit;
using LlmConsole.Components.Chat.Turns;
using LlmConsole.Core;
using LlmConsole.Core.Metering;

namespace LlmConsole.Tests.Components.Chat;

public sealed class AnswerFooterTests : BunitContext
{
    private static readonly UsageRecord Call = new() { RequestId = "req_1", StartedAt = DateTimeOffset.UnixEpoch, TenantId = "ten_1", ModelAsked = "m", ModelServed = "m", Outcome = Outcome.Answered, Status = 200, OutputTokens = 5 };

    [Fact]
    public void Cost_OfTokensWithoutAPrice_IsUnknown() => Text(Call).ShouldContain("unpriced");

    [Fact]
    public void Cost_WhereNothingWasUsed_IsNothing() => Text(Call with { Outcome = Outcome.Failed, Status = 502, OutputTokens = 0 }).ShouldContain("$0.00");

    [Fact]
    public void Cost_OfAnAnswerFromTheCache_IsNothing_AndWhatItSavedIsTold()
    {
        var text = Text(Call with { Cache = CacheVerdict.Exact, SavedCost = Usd.FromDollars(0.25m) });

        text.ShouldContain("$0.00");
        text.ShouldContain("saved $0.25");
    }

    private string Text(UsageRecord usage) => Render<AnswerFooter>(parameters => parameters.Add(footer => footer.Usage, usage)).Find("footer").TextContent;
}
