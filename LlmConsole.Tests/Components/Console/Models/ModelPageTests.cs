using Bunit;
using LlmConsole.Authentication;
using LlmConsole.Components.Console.Models;
using LlmConsole.Components.Layout;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Routing;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Components.Console.Models;

public sealed class ModelPageTests : ConsoleContext
{
    private Model Echo => Snapshot.FindModel("simulator/echo")!;

    [Fact]
    public async Task Drain_OfATarget_IsSavedInTheUsersNameAndCanBeUndone()
    {
        var page = Page();
        var messages = Render<ToastArea>();

        page.Find("[aria-label='Drain Simulator: echo']").Click();

        page.WaitForAssertion(() => page.Find("[aria-label='Put back Simulator: echo']"));
        Echo.Targets.Single().Drained.ShouldBeTrue();
        page.Find(".route-node .status").TextContent.ShouldBe("drained");
        (await AuditAsync()).Single(entry => entry.Action == "update").ActorId.ShouldBe("usr_ada");

        messages.WaitForElement(".toast .button").Click();

        page.WaitForAssertion(() => page.Find("[aria-label='Drain Simulator: echo']"));
        Echo.Targets.Single().Drained.ShouldBeFalse();
    }

    [Fact]
    public void Save_AfterADrainBesideTheForm_KeepsIt()
    {
        var page = Page();
        page.Find("[aria-label='Drain Simulator: echo']").Click();
        page.WaitForAssertion(() => page.Find("[aria-label='Put back Simulator: echo']"));

        page.Find("form").Submit();

        page.WaitForAssertion(() => Services.GetRequiredService<NavigationManager>().Uri.ShouldEndWith("/admin/models"));
        Echo.Targets.Single().Drained.ShouldBeTrue();
    }

    [Fact]
    public async Task Save_AfterADrainBySomebodyElse_KeepsIt()
    {
        var page = Page();
        await Services.GetRequiredService<ConfigurationEditor>().SaveAsync(Actor.System, Change.Put(Echo with { Targets = [Echo.Targets[0] with { Drained = true }] }), Cancellation);
        page.Find("[name='targets[0].weight']").Change("7");

        await page.Find("form").SubmitAsync();

        await page.WaitForAssertionAsync(() => Echo.Targets.Single().Weight.ShouldBe(7));
        Echo.Targets.Single().Drained.ShouldBeTrue();
    }

    [Fact]
    public void Drain_ByAViewer_IsNotOffered()
    {
        SignIn(Access.View);

        Page().FindAll("[aria-label='Drain Simulator: echo']").ShouldBeEmpty();
    }

    [Fact]
    public async Task Handlers_OnceTheRightsAreGone_ChangeNothing()
    {
        var (page, before) = (Page(), Snapshot.Revision);
        page.Find("[name='targets[0].weight']").Change("7");
        SignIn(Access.View);

        await page.Find("form").SubmitAsync();
        page.Markup.ShouldContain("Your role doesn't allow this.");
        await page.Find("[aria-label='Drain Simulator: echo']").ClickAsync();

        (Snapshot.Revision, Echo.Targets.Single().Drained).ShouldBe((before, false));
        SignIn(Access.View, Access.Edit);
        await page.Find("form").SubmitAsync();
        Echo.Targets.Single().Weight.ShouldBe(7);
    }

    [Fact]
    public void Health_OfAnOpenTarget_SaysUntilWhenAndWhatWentWrong()
    {
        var page = Page();
        page.Find(".route-node .status").TextContent.ShouldBe("not asked yet");

        Break();
        Time.Advance(TimeSpan.FromSeconds(2));

        page.WaitForAssertion(() => page.Find(".route-node .status").TextContent.ShouldBe("open"));
        var row = page.Find(".route-panel tbody tr").TextContent;
        row.ShouldContain("until 12:00:05");
        row.ShouldContain("It burns.");
        row.ShouldContain("(just now)");
    }

    [Fact]
    public void Save_OfResilienceAndGroups_StoresWhatTheFieldsSay()
    {
        var page = Page();
        page.Find("[name='targets[0].group']").Change("2");
        page.Find("[name='retries']").Change("2");
        page.Find("[name='sticky']").Change("user");
        page.Find("[name='rescue'][value='Continue']").Change("Continue");
        page.Find("[name='gracefulMessage']").Change(" We are overloaded. ");
        page.Find("[name='contextFallback']").Change(true);
        page.Find("[name='timeouts.connectSeconds']").Change("3");
        page.FindAll(".sentence")[^1].TextContent.ShouldContain("another target goes on from there. When nothing is left, callers are told “We are overloaded.”.");

        page.Find("form").Submit();

        page.WaitForAssertion(() => Echo.Targets.Single().Group.ShouldBe(2));
        Echo.Resilience.ShouldBe(new ModelResilience { Retries = 2, Sticky = Stickiness.User, Rescue = RescueMode.Continue, GracefulMessage = "We are overloaded.", ContextFallback = true });
        Echo.Timeouts.ShouldBe(new ModelTimeouts { ConnectSeconds = 3 });
    }

    [Fact]
    public void Save_OfAGroupOutOfRange_SaysSoAtTheField()
    {
        var page = Page();
        page.Find("[name='targets[0].group']").Change("50");

        page.Find("form").Submit();

        page.WaitForAssertion(() => page.Find("[aria-invalid=true]").GetAttribute("name").ShouldBe("targets[0].group"));
    }

    private IRenderedComponent<ModelPage> Page() => Render<ModelPage>(parameters => parameters.Add(page => page.Id, Echo.Id));

    private void Break()
    {
        var health = Services.GetRequiredService<HealthBook>().Of(new TargetKey(Echo.Targets.Single().ProviderId, "echo"));
        for (var i = 0; i < Services.GetRequiredService<HealthOptions>().ConsecutiveFailures; i++) health.Enter()!.Failed("It burns.");
    }
}
