using Bunit;
using LlmConsole.Authentication;
using LlmConsole.Components.Console.Playground;
using LlmConsole.Core.Configuration;
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

    private protected override void AddServices(IServiceCollection services) =>
        services.AddSingleton<PlaygroundCalls>().AddSingleton<IHostApplicationLifetime, ApplicationLifetime>();
}
