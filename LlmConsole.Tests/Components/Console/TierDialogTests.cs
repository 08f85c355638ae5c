using Bunit;
using LlmConsole.Authentication;
using LlmConsole.Components.Console.Tiers;
using MudBlazor;

namespace LlmConsole.Tests.Components.Console;

public sealed class TierDialogTests : ConsoleContext
{
    [Fact]
    public async Task Typing_Limit_RestatesItInTheSentence()
    {
        var dialogs = await OpenNewAsync();

        dialogs.Find("[name=requestsPerMinute]").Input("1200");

        dialogs.Find(".sentence").TextContent.ShouldContain("At most 1,200 requests a minute, 10 calls at once and 4,096 output tokens a call; every model may be called.");
    }

    [Theory]
    [InlineData("-1", "Must be between 1 and 10,000,000; leave it out for no limit.")]
    [InlineData("0", "Must be between 1 and 10,000,000; leave it out for no limit.")]
    [InlineData("1e99", "Enter a whole number in digits, such as 60.")]
    [InlineData("abc", "Enter a whole number in digits, such as 60.")]
    [InlineData("", "Enter a whole number in digits, such as 60.")]
    [InlineData("99999999999", "This number is too large.")]
    public async Task Submit_BadLimit_SaysSoAtTheFieldAndSavesNothing(string text, string message)
    {
        var revision = Snapshot.Revision;
        var dialogs = await OpenNewAsync();
        dialogs.Find("[name=name]").Change("Gold");
        dialogs.Find("[name=requestsPerMinute]").Input(text);

        dialogs.Find("form").Submit();

        dialogs.WaitForAssertion(() => dialogs.Find(".error-text").TextContent.ShouldBe(message));
        dialogs.Find("[aria-invalid=true]").GetAttribute("name").ShouldBe("requestsPerMinute");
        Snapshot.Revision.ShouldBe(revision);
    }

    [Fact]
    public async Task Submit_Tier_SavesItInTheUsersName()
    {
        var dialogs = await OpenNewAsync();
        dialogs.Find("[name=name]").Change(" Gold ");
        dialogs.Find("[name=models]").Input("gpt-*, simulator/echo");
        dialogs.FindAll("[role=switch]")[0].Change(true);

        dialogs.Find("form").Submit();

        dialogs.WaitForAssertion(() => dialogs.FindAll("form").ShouldBeEmpty());
        var tier = Snapshot.Tiers.Values.Single(tier => tier.Name == "Gold");
        tier.RequestsPerMinute.ShouldBeNull();
        tier.Concurrency.ShouldBe(10);
        tier.Models.ShouldBe(["gpt-*", "simulator/echo"]);
        var entry = (await AuditAsync()).Single(entry => entry.ObjectName == "Gold");
        (entry.ActorId, entry.ActorName, entry.Address, entry.Action).ShouldBe(("usr_ada", "ada@example.com", "192.0.2.7", "create"));
    }

    [Fact]
    public async Task Submit_ByViewer_IsRefused()
    {
        SignIn(Access.View);
        var revision = Snapshot.Revision;
        var dialogs = await OpenNewAsync();
        dialogs.Find("[name=name]").Change("Gold");

        dialogs.Find("form").Submit();

        dialogs.WaitForAssertion(() => dialogs.Find(".notice-bad").TextContent.ShouldContain("Your role doesn't allow this."));
        Snapshot.Revision.ShouldBe(revision);
    }

    private async Task<IRenderedComponent<MudDialogProvider>> OpenNewAsync()
    {
        var dialogs = Dialogs();
        await OpenAsync(dialogs, new DialogParameters<TierDialog>());
        return dialogs;
    }
}
