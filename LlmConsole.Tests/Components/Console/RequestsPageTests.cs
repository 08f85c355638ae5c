using System.Globalization;
using Bunit;
using Bunit.TestDoubles;
using LlmConsole.Components.Console.Requests;
using LlmConsole.Core.Metering;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Components.Console;

public sealed class RequestsPageTests : ConsoleContext
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);

    private BunitNavigationManager Navigation => Services.GetRequiredService<BunitNavigationManager>();

    [Fact]
    public async Task Columns_ChosenAndMoved_AreInTheUrlAndHoldInAnotherSession()
    {
        await RecordAsync(DefaultTenant.Id, record => record with { Task = "nightly" });
        var page = Render<RequestsPage>();
        page.WaitForAssertion(() => Heads(page).ShouldBe(["Ended", "Status", "Tenant", "Key", "Model", "In, tokens", "Out, tokens", "Cost", "First token", "Duration"]));

        Switch(page, "Task");
        foreach (var column in new[] { "Tenant", "Key", "In, tokens", "Out, tokens", "First token", "Duration" }) Switch(page, column);
        page.Find("[aria-label='Move Task before Status']").Click();

        Heads(page).ShouldBe(["Ended", "Task", "Status", "Model", "Cost"]);
        page.Find("tbody tr").TextContent.ShouldContain("nightly");
        Navigation.Uri.ShouldEndWith("?columns=time%2Ctask%2Cstatus%2Cmodel%2Ccost");
        var other = Render<RequestsPage>();
        other.WaitForAssertion(() => Heads(other).ShouldBe(["Ended", "Task", "Status", "Model", "Cost"]));
    }

    [Fact]
    public async Task Sort_ByTime_TurnsTheListRoundAcrossItsPages()
    {
        for (var i = 0; i < 60; i++) await RecordAsync(DefaultTenant.Id, record => record with { ModelAsked = $"m{i}" });
        var page = Render<RequestsPage>();
        page.WaitForAssertion(() => First(page).ShouldContain("m59"));

        Navigation.NavigateTo(page.Find("th a.sort").GetAttribute("href")!);

        page.WaitForAssertion(() => First(page).ShouldContain("m0"));
        page.Find(".list-foot").TextContent.ShouldContain("50 of 60 calls, oldest first");
        page.FindAll(".list-foot button").Single(button => button.TextContent == "Newer").Click();
        page.WaitForAssertion(() => page.FindAll("tbody tr").Count.ShouldBe(10));
        First(page).ShouldContain("m50");
    }

    /// <summary>A long call that ends comes first, though others arrived after it.</summary>
    [Fact]
    public async Task List_OfCallsThatOverlap_IsInTheOrderOfTheTimeItShows()
    {
        var now = Time.GetUtcNow();
        await RecordAsync(DefaultTenant.Id, record => record with { StartedAt = now.AddMinutes(-2), DurationMs = 1_000 });
        await RecordAsync(DefaultTenant.Id, record => record with { StartedAt = now.AddMinutes(-10), DurationMs = 600_000 });
        Navigation.NavigateTo("/admin/requests?columns=time,arrived");

        var page = Render<RequestsPage>();

        page.WaitForAssertion(() => Moments(page, 0).ShouldBe([now, now.AddSeconds(-119)]));
        Moments(page, 1).ShouldBe([now.AddMinutes(-10), now.AddMinutes(-2)]);
    }

    [Fact]
    public async Task Tail_NewCallsWhileReadingBelow_WaitBehindAPill()
    {
        await RecordAsync(DefaultTenant.Id, record => record with { ModelAsked = "first" });
        var page = Render<RequestsPage>();
        page.WaitForAssertion(() => page.FindAll("tbody tr").Count.ShouldBe(1));
        Button(page, "Live tail").Click();
        page.Find(".status-ok").TextContent.ShouldContain("Live");

        for (var i = 0; i < 20; i++) await RecordAsync(DefaultTenant.Id);
        Time.Advance(Pace);
        page.WaitForAssertion(() => page.Find(".tail-pill").TextContent.ShouldContain("20 new"));
        page.FindAll("tbody tr").Count.ShouldBe(1);

        Button(page, "Pause").Click();
        for (var i = 0; i < 5; i++) await RecordAsync(DefaultTenant.Id);
        Time.Advance(Pace * 3);
        page.Find(".tail-pill").TextContent.ShouldContain("20 new");

        Button(page, "Resume").Click();
        Time.Advance(Pace);
        page.WaitForAssertion(() => page.Find(".tail-pill").TextContent.ShouldContain("25 new"));
        page.Find(".tail-pill button").Click();
        page.WaitForAssertion(() => page.FindAll("tbody tr").Count.ShouldBe(26));
        page.FindAll(".tail-pill").ShouldBeEmpty();
    }

    [Fact]
    public async Task Drawer_OfACallThatNobodyAnswered_DoesntSayThatNobodyWasAsked()
    {
        await RecordAsync(DefaultTenant.Id, record => record with { RequestId = "req_failed", Outcome = Outcome.Failed, Status = 502, Attempts = 2, ModelServed = null });
        Navigation.NavigateTo("/admin/requests?call=req_failed");

        var page = Render<RequestsPage>();

        page.WaitForAssertion(() => page.Find(".side-drawer").TextContent.ShouldContain("none answered"));
    }

    [Fact]
    public async Task Csv_OfTheFilters_AsksForTheSameCalls()
    {
        await RecordAsync(DefaultTenant.Id);
        Navigation.NavigateTo($"/admin/requests?tenant={DefaultTenant.Id}&status=429&latency=%3E2s&call=req_x");

        var page = Render<RequestsPage>();

        page.WaitForAssertion(() => page.Find("a[download]").GetAttribute("href").ShouldBe($"/admin/v1/requests.csv?tenant={DefaultTenant.Id}&status=429&longerThanMs=2000"));
    }

    private static List<string> Heads(IRenderedComponent<RequestsPage> page) => [.. page.FindAll("thead th").Select(head => head.TextContent.Trim())];

    private static IEnumerable<DateTimeOffset> Moments(IRenderedComponent<RequestsPage> page, int column) =>
        page.FindAll("tbody tr").Select(row => DateTimeOffset.Parse(row.QuerySelectorAll("time")[column].GetAttribute("datetime")!, CultureInfo.InvariantCulture));

    private static string First(IRenderedComponent<RequestsPage> page) => page.Find("tbody tr").TextContent;

    private static void Switch(IRenderedComponent<RequestsPage> page, string column) =>
        page.FindAll(".menu-row").Single(row => row.TextContent.Trim() == column).QuerySelector("input")!.Change(true);

    private static AngleSharp.Dom.IElement Button(IRenderedComponent<RequestsPage> page, string text) => page.FindAll(".toolbar button").Single(button => button.TextContent.Trim() == text);
}
