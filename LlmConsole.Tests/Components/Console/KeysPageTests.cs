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
    public async Task Open_WithMoreKeysThanFit_ShowsTheNewestAndFindsTheOthers()
    {
        var oldest = await IssueAsync("Website");
        await RecordAsync(DefaultTenant.Id, record => record with { KeyId = oldest.Key.Id });
        Time.Advance(TimeSpan.FromMinutes(5));
        await Services.GetRequiredService<ConfigurationEditor>().SaveAsync(Actor.System, _ => [.. Enumerable.Range(1, KeysPage.Most).Select(i => Change.Put(IssuedKey.Create(ApiKeyKind.Live, $"Batch {i}", DefaultTenant.Id, Time).Key))], Cancellation);
        var page = Render<KeysPage>();

        page.FindAll("tbody tr").Count.ShouldBe(KeysPage.Most);
        page.Markup.ShouldContain("201 keys, the newest 200 shown");
        page.Markup.ShouldNotContain("Website");
        page.Find("input[type=search]").Input("web");

        page.WaitForAssertion(() => page.FindAll("tbody tr").ShouldHaveSingleItem().TextContent.ShouldContain("5\u00a0min ago"));
    }

    [Fact]
    public async Task Sort_ByAColumn_IsInTheUrlUpDownAndBack()
    {
        foreach (var name in new[] { "beta", "Alpha", "gamma" }) await IssueAsync(name);
        await RecordAsync(DefaultTenant.Id, record => record with { KeyId = Snapshot.Keys.Values.Single(key => key.Name == "gamma").Id });
        var page = Render<KeysPage>();

        Sort(page, "Name").ShouldBe(["Alpha", "beta", "gamma"]);
        page.Find("th[aria-sort=ascending]").TextContent.Trim().ShouldBe("Name");
        Sort(page, "Name").ShouldBe(["gamma", "beta", "Alpha"]);
        Services.GetRequiredService<BunitNavigationManager>().Uri.ShouldContain("sort=-name");
        Sort(page, "Name");
        page.FindAll("th[aria-sort]").ShouldBeEmpty();
        Sort(page, "Last used");
        Sort(page, "Last used")[0].ShouldBe("gamma");
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

    private List<string> Sort(IRenderedComponent<KeysPage> page, string column)
    {
        Services.GetRequiredService<BunitNavigationManager>().NavigateTo(page.FindAll("th a.sort").Single(link => link.TextContent.Trim() == column).GetAttribute("href")!);
        return [.. page.FindAll("td.name").Select(cell => cell.TextContent)];
    }
}
