using Bunit;
using LlmConsole.Authentication;
using LlmConsole.Components.Console.Playground;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;

namespace LlmConsole.Tests.Components.Console.Playground;

public sealed class PlaygroundPageTests : ConsoleContext
{
    /// <summary>What came of a run, for want of a right or in the answers' places.</summary>
    private const string Outcomes = "form .error-text, form .notice-bad";

    /// <summary>The tenant is suspended, so a call that is made is refused at once, and says so where its answer would stand.</summary>
    [Fact]
    public async Task Run_OnceTheRightsAreGone_MakesNoCall()
    {
        await Services.GetRequiredService<ConfigurationEditor>().SaveAsync(Actor.System, Change.Put(DefaultTenant with { Status = TenantStatus.Suspended }), Cancellation);
        var page = Render<PlaygroundPage>();
        await page.Find("[aria-label='Message 1']").ChangeAsync("Hello");

        SignIn(Access.View);
        await page.Find("form").SubmitAsync();
        page.FindAll(Outcomes).ShouldHaveSingleItem().TextContent.ShouldContain("Your role doesn't allow this.");

        SignIn(Access.View, Access.Edit);
        await page.Find("form").SubmitAsync();
        await page.WaitForStateAsync(() => page.FindAll(Outcomes).Count == 2, TimeSpan.FromSeconds(30));
        page.FindAll(Outcomes).ShouldAllBe(outcome => outcome.TextContent.Contains("Default is suspended", StringComparison.Ordinal));
    }

    /// <summary>What is chosen stays, though its target fails while the page is open.</summary>
    [Fact]
    public async Task Open_WhileAModelFails_ProposesThoseThatDoWell()
    {
        var page = Render<PlaygroundPage>();
        Break("simulator/echo");
        page.Render();
        Chosen(page).ShouldBe(["simulator/echo", "simulator/lorem-200-300-20"]);

        Chosen(Render<PlaygroundPage>()).ShouldBe(["simulator/lorem-200-300-20", "simulator/echo"]);
    }

    private static IEnumerable<string?> Chosen(IRenderedComponent<PlaygroundPage> page) => page.FindAll(".playground-answers select").Select(select => select.GetAttribute("value"));

    private void Break(string model)
    {
        var target = Snapshot.FindModel(model)!.Targets.Single();
        var health = Services.GetRequiredService<HealthBook>().Of(new TargetKey(target.ProviderId, target.Model));
        for (var i = 0; i < Services.GetRequiredService<HealthOptions>().ConsecutiveFailures; i++) health.Enter()!.Failed("It burns.");
    }

    private protected override void AddServices(IServiceCollection services) =>
        services.AddSingleton<PlaygroundCalls>().AddSingleton<IHostApplicationLifetime, ApplicationLifetime>();
}
