using Bunit;
using LlmConsole.Authentication;
using LlmConsole.Components.Console.Models.Routes;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Components.Console.Models.Routes;

public sealed class TargetTestTests : ConsoleContext
{
    private Model Echo => Snapshot.FindModel("simulator/echo")!;

    [Fact]
    public async Task Test_OfTargets_ShowsStatusTimeAndNextStepOfEach()
    {
        var other = new Provider { Id = Ids.New("prv", Time), Name = "House client", Kind = ProviderKind.Registered, CreatedAt = Time.GetUtcNow() };
        await SaveAsync(other);
        await SaveAsync(Echo with { Targets = [Echo.Targets[0], new ModelTarget(other.Id, "own") { Group = 1 }] });
        var page = Render<TargetTest>(parameters => parameters.Add(test => test.Model, Echo));

        page.Find("button").Click();

        page.WaitForAssertion(() => page.FindAll("li").Count.ShouldBe(2));
        page.FindAll("li")[0].TextContent.ShouldContain("It answers.");
        page.FindAll("li")[0].TextContent.ShouldContain("HTTP 200");
        page.FindAll("li")[1].QuerySelector(".status-bad")!.TextContent.ShouldBe("fails");
        page.FindAll("li")[1].TextContent.ShouldContain("House client answered 404: it doesn't know the model own");
        (await AuditAsync()).ShouldContain(entry => entry.Action == "test" && entry.ActorId == "usr_ada" && entry.ObjectId == Echo.Id);
    }

    [Fact]
    public void Test_OfAPattern_AsksForAName()
    {
        var pattern = Snapshot.FindModelByReference("simulator/*")!;
        var page = Render<TargetTest>(parameters => parameters.Add(test => test.Model, pattern));

        page.Find("button").Click();
        page.WaitForAssertion(() => page.Find(".error-text").TextContent.ShouldBe("Name a model that simulator/* serves, to ask for it."));
        page.Find("input").Input("simulator/lorem-1-0-0");
        page.Find("button").Click();

        page.WaitForAssertion(() => page.Find("li").TextContent.ShouldContain("It answers."));
    }

    [Fact]
    public void Test_ByAViewer_IsRefused()
    {
        SignIn(Access.View);
        var page = Render<TargetTest>(parameters => parameters.Add(test => test.Model, Echo));

        page.Find("button").Click();

        page.WaitForAssertion(() => page.Find(".error-text").TextContent.ShouldStartWith("Your role doesn't allow this."));
    }

    private Task<ConfigurationSnapshot> SaveAsync<T>(T item) where T : IConfigured => Services.GetRequiredService<ConfigurationEditor>().SaveAsync(Actor.System, Change.Put(item), Cancellation);
}
