using Bunit;
using Bunit.TestDoubles;
using LlmConsole.Authentication;
using LlmConsole.Components.Console.Keys;
using LlmConsole.Core.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Components.Console;

public sealed class KeysPageTests : ConsoleContext
{
    [Fact]
    public async Task Search_PastedKey_FindsItsRowAndForgetsTheText()
    {
        await IssueAsync("Website");
        var wanted = await IssueAsync("Batch");
        var page = Render<KeysPage>();

        page.Find("input[type=search]").Input(wanted.Text);

        page.FindAll("tbody tr").ShouldHaveSingleItem().TextContent.ShouldContain("Batch");
        page.Find("input[type=search]").GetAttribute("value").ShouldBeNullOrEmpty();
        page.Markup.ShouldNotContain(wanted.Text);
        Services.GetRequiredService<BunitNavigationManager>().Uri.ShouldNotContain("llmc");
    }

    [Fact]
    public async Task Search_KeyOfElsewhere_SaysSoAndForgetsTheText()
    {
        await IssueAsync("Website");
        var page = Render<KeysPage>();
        var stranger = KeyFormat.Generate(ApiKeyKind.Live);

        page.Find("input[type=search]").Input(stranger);

        page.Find(".notice").TextContent.ShouldContain("never issued here");
        page.Markup.ShouldNotContain(stranger);
    }

    [Fact]
    public async Task Search_Name_NarrowsTheList()
    {
        await IssueAsync("Website");
        await IssueAsync("Batch");
        var page = Render<KeysPage>();

        page.Find("input[type=search]").Input("web");

        page.FindAll("tbody tr").ShouldHaveSingleItem().TextContent.ShouldContain("Website");
    }

    [Fact]
    public async Task Open_AsViewer_OffersNoChange()
    {
        SignIn(Access.View);
        await IssueAsync("Website");

        var page = Render<KeysPage>();

        page.FindAll("tbody tr").ShouldHaveSingleItem();
        page.FindAll("button").ShouldBeEmpty();
    }

    [Fact]
    public async Task Change_ByOthers_AppearsByItself()
    {
        var page = Render<KeysPage>();
        page.Find(".empty-state").TextContent.ShouldContain("No keys");

        await IssueAsync("Website");

        page.WaitForAssertion(() => page.Find("tbody tr").TextContent.ShouldContain("Website"));
    }
}
