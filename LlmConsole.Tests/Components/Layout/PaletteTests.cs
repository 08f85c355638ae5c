using Bunit;
using Bunit.TestDoubles;
using LlmConsole.Components.Layout.Search;
using LlmConsole.Core.Configuration;
using LlmConsole.Tests.Components.Console;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Components.Layout;

public sealed class PaletteTests : ConsoleContext
{
    private BunitNavigationManager Navigation => Services.GetRequiredService<BunitNavigationManager>();

    [Fact]
    public void Type_NameOfAPage_OpensItByEnter()
    {
        var palette = Open();

        palette.Find("input").Input("usage");
        palette.WaitForAssertion(() => palette.Find("[role=option]").TextContent.ShouldContain("Usage and cost"));
        palette.Find("form").Submit();

        palette.WaitForAssertion(() => Navigation.Uri.ShouldEndWith("/admin/usage"));
    }

    [Fact]
    public void ArrowDown_SeveralFound_ChoosesTheNext()
    {
        var palette = Open();
        palette.Find("input").Input("e");
        palette.WaitForAssertion(() => palette.FindAll("[role=option]").Count.ShouldBeGreaterThan(1));

        palette.Find("input").KeyDown("ArrowDown");

        palette.FindAll("[role=option]").Select(option => option.GetAttribute("aria-selected")).Take(2).ShouldBe(["false", "true"]);
        palette.Find("input").GetAttribute("aria-activedescendant").ShouldBe("palette-1");
    }

    [Fact]
    public async Task Paste_WholeKey_FindsItByHashAndForgetsTheText()
    {
        var issued = await IssueAsync("Batch");
        var palette = Open();

        palette.Find("input").Input(issued.Text);

        palette.WaitForAssertion(() => palette.Find("[role=option]").TextContent.ShouldContain("Batch"));
        palette.Markup.ShouldNotContain(issued.Text);
        palette.Find("form").Submit();
        palette.WaitForAssertion(() => Navigation.Uri.ShouldEndWith($"/admin/keys?key={issued.Key.Id}"));
    }

    [Fact]
    public void Paste_KeyOfElsewhere_SaysSoAndForgetsTheText()
    {
        var stranger = KeyFormat.Generate(ApiKeyKind.Live);
        var palette = Open();

        palette.Find("input").Input(stranger);

        palette.WaitForAssertion(() => palette.Find("[role=status]").TextContent.ShouldContain("never issued here"));
        palette.Markup.ShouldNotContain(stranger);
    }

    [Fact]
    public async Task Paste_RequestId_OpensThatRequest()
    {
        var record = await RecordAsync(DefaultTenant.Id);
        var palette = Open();

        palette.Find("input").Input($" {record.RequestId} ");
        palette.Find("form").Submit();

        palette.WaitForAssertion(() => Navigation.Uri.ShouldEndWith($"/admin/requests?call={record.RequestId}"));
    }

    [Fact]
    public void Type_NobodysName_SaysSo()
    {
        var palette = Open();

        palette.Find("input").Input("no such thing");

        palette.WaitForAssertion(() => palette.Find("[role=status]").TextContent.ShouldBe("Nothing has this name or id."));
    }

    private IRenderedComponent<Palette> Open() => Render<Palette>();
}
