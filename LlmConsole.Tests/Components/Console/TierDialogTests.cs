using Bunit;
using LlmConsole.Authentication;
using LlmConsole.Components.Console.Tiers;
using LlmConsole.Core.Configuration;
using Microsoft.Extensions.DependencyInjection;
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
    public async Task Submit_Deadlines_SavesThoseThatAreSet()
    {
        var dialogs = await OpenNewAsync();
        dialogs.Find("[name=name]").Change("Gold");
        dialogs.Find("[name='timeouts.firstTokenSeconds']").Change("5");

        dialogs.Find("form").Submit();

        dialogs.WaitForAssertion(() => dialogs.FindAll("form").ShouldBeEmpty());
        Snapshot.Tiers.Values.Single(tier => tier.Name == "Gold").Timeouts.ShouldBe(new TimeoutLimits { FirstTokenSeconds = 5 });
    }

    [Fact]
    public void Submit_DeadlinesTakenAway_LeavesTheModels()
    {
        var tier = new Tier { Id = "tier_1", Name = "Gold", Timeouts = new TimeoutLimits { IdleSeconds = 9, ConnectSeconds = 2 } };
        new TierDraft(tier).ToTier(Time).Timeouts.ShouldBe(tier.Timeouts);
        var draft = new TierDraft(tier);
        (draft.Timeouts.Idle, draft.Timeouts.Connect) = ("", " ");

        draft.ToTier(Time).Timeouts.ShouldBeNull();
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

    [Fact]
    public async Task Submit_TighterLimits_ShowsWhomTheyReachBeforeItSaves()
    {
        await RecordAsync(DefaultTenant.Id);
        var revision = Snapshot.Revision;
        var dialogs = Dialogs();
        await OpenAsync(dialogs, new DialogParameters<TierDialog> { { dialog => dialog.Tier, Snapshot.Tiers[DefaultTenant.TierId] } });
        dialogs.Find(".quota-add").Click();
        dialogs.Find("[name='quotas[0].unit']").Change(nameof(QuotaUnit.Tokens));
        dialogs.Find("[name='quotas[0].limit']").Input("120");

        dialogs.Find("form").Submit();

        dialogs.WaitForAssertion(() => dialogs.Find("[data-impact]").TextContent.ShouldContain("This gives less to 1 tenant, from their next call on: Default."));
        dialogs.Find("[data-impact]").TextContent.ShouldContain("Default, with 150 tokens of 120 tokens a month");
        Snapshot.Revision.ShouldBe(revision);

        dialogs.Find("form").Submit();

        dialogs.WaitForAssertion(() => dialogs.FindAll("form").ShouldBeEmpty());
        Snapshot.Tiers[DefaultTenant.TierId].Quotas.ShouldHaveSingleItem().Limit.ShouldBe(120);
    }

    [Fact]
    public async Task Submit_EditedAfterThePreview_ShowsItAnew()
    {
        var dialogs = Dialogs();
        await OpenAsync(dialogs, new DialogParameters<TierDialog> { { dialog => dialog.Tier, Snapshot.Tiers[DefaultTenant.TierId] } });
        if (dialogs.FindAll("[name=requestsPerMinute]").Count == 0 || dialogs.Find("[name=requestsPerMinute]").HasAttribute("disabled")) dialogs.FindAll("[role=switch]")[0].Change(false);
        dialogs.Find("[name=requestsPerMinute]").Input("2");
        dialogs.Find("form").Submit();
        dialogs.WaitForAssertion(() => dialogs.FindAll("[data-impact]").ShouldNotBeEmpty());

        dialogs.Find("[name=requestsPerMinute]").Input("1");

        dialogs.FindAll("[data-impact]").ShouldBeEmpty();
    }

    [Fact]
    public async Task Submit_LooserLimits_SavesAtOnce()
    {
        var tier = Snapshot.Tiers[DefaultTenant.TierId] with { RequestsPerMinute = 10 };
        await Services.GetRequiredService<ConfigurationEditor>().SaveAsync(Actor.System, Change.Put(tier), Cancellation);
        var dialogs = Dialogs();
        await OpenAsync(dialogs, new DialogParameters<TierDialog> { { dialog => dialog.Tier, tier } });
        dialogs.Find("[name=requestsPerMinute]").Input("20");

        dialogs.Find("form").Submit();

        dialogs.WaitForAssertion(() => dialogs.FindAll("form").ShouldBeEmpty());
        Snapshot.Tiers[tier.Id].RequestsPerMinute.ShouldBe(20);
    }

    private async Task<IRenderedComponent<MudDialogProvider>> OpenNewAsync()
    {
        var dialogs = Dialogs();
        await OpenAsync(dialogs, new DialogParameters<TierDialog>());
        return dialogs;
    }
}
