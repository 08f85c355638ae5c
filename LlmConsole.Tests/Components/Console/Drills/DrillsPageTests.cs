using Bunit;
using LlmConsole.Authentication;
using LlmConsole.Components.Console.Drills;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Providers;
using LlmConsole.Core.Routing;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;

namespace LlmConsole.Tests.Components.Console.Drills;

public sealed class DrillsPageTests : ConsoleContext
{
    private DrillBook Drills => Services.GetRequiredService<DrillBook>();

    private Model Echo => Snapshot.FindModel("simulator/echo")!;

    [Fact]
    public async Task Start_FromTheForm_RunsTheDrillInTheUsersName()
    {
        var dialogs = Dialogs();
        var page = Render<DrillsPage>();
        page.Find(".empty-state button").Click();
        dialogs.Find("[name=model]").Change(Echo.Id);
        dialogs.Find("[name=fault]").Change(nameof(FaultKind.Throttle));
        dialogs.Find("[name=minutes]").Input("10");
        dialogs.Find("[name=share]").Input("25");
        dialogs.Find("[name=tenant]").Change(DefaultTenant.Id);
        dialogs.Find(".sentence").TextContent.ShouldStartWith("For 10 minutes, 25\u00a0% of the calls of Default to simulator/echo are drilled: each ");
        dialogs.Find(".notice-warn").TextContent.ShouldContain("no other target");

        dialogs.Find("form").Submit();

        dialogs.WaitForAssertion(() => dialogs.FindAll("form").ShouldBeEmpty());
        Drills.All.Single().Plan.ShouldBe(new DrillPlan { ModelId = Echo.Id, Fault = FaultKind.Throttle, Minutes = 10, SharePercent = 25, TenantId = DefaultTenant.Id });
        var entry = (await AuditAsync()).Single(entry => entry.Action == "drill.start");
        (entry.ActorId, entry.Address).ShouldBe(("usr_ada", "192.0.2.7"));
        page.WaitForAssertion(() => page.Find(".drill h2").TextContent.ShouldBe("simulator/echo: 429 for 25\u00a0% of the calls of Default"));
    }

    [Theory]
    [InlineData("minutes", "0", "Must be between 1 and 240.")]
    [InlineData("share", "101", "Must be between 1 and 100 percent.")]
    [InlineData("minutes", "soon", "Enter a whole number in digits, such as 60.")]
    public async Task Start_BadNumber_SaysSoAtTheFieldAndStartsNothing(string field, string text, string message)
    {
        var dialogs = Dialogs();
        await OpenAsync(dialogs, new DialogParameters<DrillDialog> { { dialog => dialog.ModelId, Echo.Id } });
        dialogs.Find($"[name={field}]").Input(text);

        dialogs.Find("form").Submit();

        dialogs.WaitForAssertion(() => dialogs.Find(".error-text").TextContent.ShouldBe(message));
        dialogs.Find("[aria-invalid=true]").GetAttribute("name").ShouldBe(field);
        Drills.All.ShouldBeEmpty();
    }

    [Fact]
    public async Task Start_ByAViewer_IsRefused()
    {
        SignIn(Access.View);
        Render<DrillsPage>().FindAll("button").ShouldBeEmpty();
        var dialogs = Dialogs();
        await OpenAsync(dialogs, new DialogParameters<DrillDialog> { { dialog => dialog.ModelId, Echo.Id } });

        dialogs.Find("form").Submit();

        dialogs.WaitForAssertion(() => dialogs.Find(".notice-bad").TextContent.ShouldContain("Your role doesn't allow this."));
        Drills.All.ShouldBeEmpty();
    }

    [Fact]
    public async Task Stop_OfARunningDrill_EndsItAtOnceAndKeepsItsReport()
    {
        var drill = await StartAsync();
        drill.Add(new DrillReport(40, 39, 0, 1, TimeSpan.FromSeconds(4), Usd.FromDollars(0.25m)));
        var page = Render<DrillsPage>();
        page.FindAll(".drill .tile-value").Select(value => value.TextContent).ShouldBe(["40", "39", "0", "1", "100\u00a0ms", "+$0.25"]);

        page.Find(".drill-stop").Click();

        page.WaitForAssertion(() => page.FindAll(".drill").ShouldBeEmpty());
        drill.IsRunning(Time.GetUtcNow()).ShouldBeFalse();
        page.FindAll("tbody .number").Select(cell => cell.TextContent).ShouldBe(["100\u00a0%", "0:00", "40", "39", "0", "1", "100\u00a0ms", "+$0.25"]);
        (await AuditAsync()).Single(entry => entry.Action == "drill.stop").ActorId.ShouldBe("usr_ada");
    }

    [Fact]
    public async Task Countdown_AsTimePasses_EndsTheDrillByItself()
    {
        await StartAsync();
        var page = Render<DrillsPage>();
        page.Find(".drill-left strong").TextContent.ShouldBe("5:00");

        Time.Advance(TimeSpan.FromSeconds(1));
        page.WaitForAssertion(() => page.Find(".drill-left strong").TextContent.ShouldBe("4:59"));
        Time.Advance(TimeSpan.FromMinutes(5));

        page.WaitForAssertion(() => page.FindAll(".drill").ShouldBeEmpty());
        page.FindAll("tbody tr").Count.ShouldBe(1);
    }

    [Fact]
    public async Task Link_FromAModel_OpensTheFormOnce()
    {
        var dialogs = Dialogs();
        var navigation = Services.GetRequiredService<NavigationManager>();
        navigation.NavigateTo($"/admin/drills?model={Echo.Id}");

        Render<DrillsPage>();

        await dialogs.WaitForAssertionAsync(() => dialogs.Find("[name=model]").GetAttribute("value").ShouldBe(Echo.Id));
        dialogs.FindAll("button").Single(button => button.TextContent == "Cancel").Click();
        await dialogs.WaitForAssertionAsync(() => navigation.Uri.ShouldEndWith("/admin/drills"));
        dialogs.FindAll("form").ShouldBeEmpty();
    }

    [Fact]
    public async Task Notice_WhileADrillRuns_SaysWhichAndGoesWhenItEnds()
    {
        var notice = Render<DrillNotice>();
        notice.FindAll(".notice").ShouldBeEmpty();

        await StartAsync();
        Time.Advance(TimeSpan.FromSeconds(2));
        notice.WaitForAssertion(() => notice.Find(".notice").TextContent.ShouldContain("for another 4:58: simulator/echo: 500 for every call of all tenants."));
        Time.Advance(TimeSpan.FromMinutes(5));

        notice.WaitForAssertion(() => notice.FindAll(".notice").ShouldBeEmpty());
    }

    private Task<Drill> StartAsync() => Drills.StartAsync(Actor.System, new DrillPlan { ModelId = Echo.Id, Fault = FaultKind.Fail, Minutes = 5 }, Cancellation);
}
