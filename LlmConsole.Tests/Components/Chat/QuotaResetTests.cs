using Bunit;
using LlmConsole.Core.Configuration;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Components.Chat;

public sealed class QuotaResetTests : ChatContext
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 18, 0, 0, TimeSpan.Zero));

    protected override TimeProvider Time => _time;

    [Fact]
    public async Task TryAgain_AfterTheReset_IsAnswered()
    {
        await World.EditAsync(snapshot => Change.Put(snapshot.Tiers.Values.Single() with { Quotas = [new Quota { Unit = QuotaUnit.Requests, Period = QuotaPeriod.Day, Limit = 1 }] }));
        var page = Open();
        Ask(page, "One", 1);
        Send(page, ChatWorld.EchoModel, "Two");
        page.WaitForAssertion(() => page.Find("[role=alert]").TextContent.ShouldContain("24 Nov"), Patience);

        page.Find(".answer-retry").Click();
        page.WaitForAssertion(() => page.FindAll(".answer[aria-busy=false] [role=alert]").ShouldHaveSingleItem(), Patience);
        _time.Advance(TimeSpan.FromHours(6));
        page.Find(".answer-retry").Click();

        page.WaitForAssertion(() => page.FindAll(".answer-footer").Count.ShouldBe(2), Patience);
        page.FindAll(".answer p")[1].TextContent.ShouldBe("Two");
        page.FindAll("[role=alert]").ShouldBeEmpty();
    }
}
