using System.Globalization;
using System.Text.RegularExpressions;
using System.Web;
using LlmConsole.Core.Metering;
using LlmConsole.Tests.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LlmConsole.Tests.Journeys;

/// <summary>That a click does what it should, and does it once: on a page whose circuit doesn't stand yet, on a form, on a chart.</summary>
public sealed partial class ClicksTests(FilledApp filled) : IClassFixture<FilledApp>
{
    /// <summary>The circuit begins, as far as the first word of the server; what it says then, what it draws above all, waits until <c>connect()</c>.</summary>
    private const string HeldConnection = """
        const mayConnect = new Promise(done => window.connect = done);
        window.WebSocket = class extends WebSocket {
            set onmessage(read) {
                let first = true;
                super.onmessage = async message => {
                    if (!first) await mayConnect;
                    first = false;
                    read(message);
                };
            }
        };
        """;

    /// <summary>Where the line of failures is highest, in pixels of the plot.</summary>
    private const string Peak = """
        plot => {
            const points = [...plot.querySelector('.chart-bad').getAttribute('d').matchAll(/[ML]([\d.]+) ([\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);
            const [x, y] = points.reduce((best, point) => point[1] < best[1] ? point : best);
            return [x * plot.clientWidth / 1000, y * plot.clientHeight / 200];
        }
        """;

    [Fact]
    public async Task Clicks_BeforeTheCircuit_AreDoneOnceItStands()
    {
        await using var browser = await filled.SignInAsync("light", 1440);
        await browser.WalkAsync(async page =>
        {
            await page.AddInitScriptAsync(HeldConnection);
            await OpenAsync(page, "/admin/requests");
            await Row(page).ClickAsync();
            await ConnectAsync(page);
            await Expect(page.Locator(".side-drawer .formula")).ToBeVisibleAsync();
            await Expect(page).ToHaveURLAsync(CallUrl());

            await OpenAsync(page, "/admin/requests");
            await page.GetByLabel("Outcome").SelectOptionAsync("failed");
            await ConnectAsync(page);
            await Expect(page).ToHaveURLAsync(FailedUrl());
            await Expect(page.GetByLabel("Outcome")).ToHaveValueAsync("failed");

            await OpenAsync(page, "/admin/tenants");
            await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Create tenant", Exact = true }).DblClickAsync();
            await ConnectAsync(page);
            await Expect(page.Locator(".mud-dialog")).ToHaveCountAsync(1);

            await OpenAsync(page, "/admin/requests");
            await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Usage and cost" }).ClickAsync();
            await Expect(page).ToHaveURLAsync(UsageUrl());
            await ConnectAsync(page);
            await IsLiveAsync(page);
            await Expect(page.Locator("h1")).ToHaveTextAsync("Usage and cost");

            // A row leads where its name does.
            await OpenAsync(page, "/admin/tenants");
            await page.Locator("tbody tr").First.Locator("td").Nth(1).ClickAsync();
            await Expect(page).ToHaveURLAsync(TenantUrl());
        });

        browser.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task Presses_WhileTheCircuitReplacesThePage_AreClicksAllTheSame()
    {
        await using var browser = await filled.SignInAsync("light", 1440);
        await browser.WalkAsync(async page =>
        {
            await page.AddInitScriptAsync(HeldConnection);
            await OpenAsync(page, "/admin/requests");
            await PressAsync(page, Row(page));
            await Expect(page.Locator(".side-drawer .formula")).ToBeVisibleAsync();

            await OpenAsync(page, new Uri(page.Url).PathAndQuery);
            await PressAsync(page, page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Open in playground" }));
            await Expect(page.Locator("h1")).ToHaveTextAsync("Playground");
        });

        browser.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task Typing_WhileTheCircuitReplacesThePage_GoesOnWhereItWas()
    {
        await using var browser = await filled.SignInAsync("light", 1440);
        await browser.WalkAsync(async page =>
        {
            await page.AddInitScriptAsync(HeldConnection);
            await OpenAsync(page, "/admin/requests");
            var query = page.GetByLabel("Query");
            await query.ClickAsync();
            await page.Keyboard.TypeAsync("status:9");
            await page.Keyboard.PressAsync("ArrowLeft");
            await ConnectAsync(page);
            await IsLiveAsync(page);
            await Expect(query).ToBeFocusedAsync();
            await page.Keyboard.TypeAsync("42");
            await Expect(query).ToHaveValueAsync("status:429");
            await page.Keyboard.PressAsync("Enter");

            // The server has answered: whatever it did with the focus of the new page is done.
            await Expect(page.Locator("select[aria-label=Status]")).ToHaveValueAsync("429");
            await Expect(query).ToBeFocusedAsync();
        });

        browser.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task DoubleClick_OnAForm_CreatesOneOfEach()
    {
        await using var browser = await filled.SignInAsync("light", 1440);
        await browser.WalkAsync(async page =>
        {
            foreach (var (path, button, field, text) in new[]
            {
                ("/admin/keys", "Create key", "Name", "Twice"), ("/admin/tenants", "Create tenant", "Name", "Twice"), ("/admin/webhooks", "Create endpoint", "URL", "https://hooks.example.com/twice"),
            })
            {
                await page.GotoAsync(path);
                await IsLiveAsync(page);
                await page.GetByRole(AriaRole.Button, Named(button)).DblClickAsync();
                var dialog = page.Locator(".mud-dialog");
                await dialog.GetByLabel(field, new LocatorGetByLabelOptions { Exact = true }).FillAsync(text);
                await Expect(dialog).ToHaveCountAsync(1);
                await dialog.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = button, Exact = true }).DblClickAsync();
                await Expect(dialog.GetByLabel(field, new LocatorGetByLabelOptions { Exact = true })).ToHaveCountAsync(0);
            }
        });

        browser.Complaints.ShouldBeEmpty();
        filled.App.Configuration.Keys.Values.Count(key => key.Name == "Twice").ShouldBe(1);
        filled.App.Configuration.Tenants.Values.Count(tenant => tenant.Name == "Twice").ShouldBe(1);
        filled.App.Configuration.Webhooks.Values.Count(endpoint => endpoint.Url.AbsolutePath == "/twice").ShouldBe(1);
    }

    [Fact]
    public async Task Peak_OfFailures_Clicked_LeadsToTheCallsThatItCounts()
    {
        await using var browser = await filled.SignInAsync("dark", 1440);
        await browser.WalkAsync(async page =>
        {
            await OverviewAsync(page);
            var plot = Chart(page).Locator("[data-plot]");
            var peak = await plot.EvaluateAsync<float[]>(Peak);
            await plot.ClickAsync(new LocatorClickOptions { Position = new Position { X = peak[0], Y = peak[1] } });
            await Expect(page).ToHaveURLAsync(new Regex("/admin/requests\\?from="));

            var asked = HttpUtility.ParseQueryString(new Uri(page.Url).Query);
            var (from, to) = (Moment(asked["from"]), Moment(asked["to"]));
            (to - from).ShouldBe(TimeSpan.FromHours(1));
            var failed = (await filled.App.RecordsAsync(new UsageFilter { From = from, To = to })).Count(record => record.Outcome is Outcome.Failed or Outcome.Incomplete);
            failed.ShouldBePositive();
            await Expect(page.Locator("tr[tabindex]")).ToHaveCountAsync(failed);
            await Expect(page.GetByLabel("Query")).ToHaveValueAsync("is:error");
        });

        browser.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task Clock_OfCharts_IsTheReadersUntilTheyChooseUtc_AndStaysSo()
    {
        await using var browser = await filled.SignInAsync("light", 1440);
        await browser.WalkAsync(async page =>
        {
            var session = await page.Context.NewCDPSessionAsync(page);
            await session.SendAsync("Emulation.setTimezoneOverride", new Dictionary<string, object> { ["timezoneId"] = "Asia/Kolkata" });
            await page.ReloadAsync();
            await OverviewAsync(page);
            var times = Chart(page).Locator(".chart-times span").First;
            await Expect(times).ToHaveTextAsync(new Regex("^\\d\\d:30$"));

            await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "UTC", Exact = true }).ClickAsync();
            await Expect(times).ToHaveTextAsync(new Regex("^\\d\\d:00$"));
            await Pictures.TakeAsync(page, "clock");
            await OverviewAsync(page);
            await Expect(times).ToHaveTextAsync(new Regex("^\\d\\d:00$"));

            await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Local", Exact = true }).ClickAsync();
            await Expect(times).ToHaveTextAsync(new Regex("^\\d\\d:30$"));
        });

        browser.Complaints.ShouldBeEmpty();
    }

    /// <summary>Holds the pointer down until the circuit has replaced what is under it.</summary>
    private static async Task PressAsync(IPage page, ILocator what)
    {
        await what.HoverAsync();
        await page.Mouse.DownAsync();
        await ConnectAsync(page);
        await IsLiveAsync(page);
        await page.Mouse.UpAsync();
    }

    private static async Task OpenAsync(IPage page, string path)
    {
        await page.GotoAsync(path);
        await page.WaitForFunctionAsync("() => window.Blazor?.navigateTo");
    }

    private static async Task ConnectAsync(IPage page) => await page.EvaluateAsync("() => connect()");

    private static Task IsLiveAsync(IPage page) => Expect(page.Locator("#palette")).ToBeAttachedAsync();

    private static PageGetByRoleOptions Named(string name) => new() { Name = name, Exact = true };

    private static ILocator Row(IPage page) => page.Locator("tr[tabindex]").Nth(2);

    private static DateTimeOffset Moment(string? text) => DateTimeOffset.Parse(text!, CultureInfo.InvariantCulture);

    private static ILocator Chart(IPage page) => page.GetByRole(AriaRole.Region, new PageGetByRoleOptions { Name = "Requests", Exact = true });

    /// <summary>A plot answers once its script is attached, which a circuit asks for.</summary>
    private static async Task OverviewAsync(IPage page) => await page.OpenAsync("/admin?range=24h");

    [GeneratedRegex(@"\?call=req_")]
    private static partial Regex CallUrl();

    [GeneratedRegex(@"\?outcome=failed")]
    private static partial Regex FailedUrl();

    [GeneratedRegex("/admin/tenants/[^/]+$")]
    private static partial Regex TenantUrl();

    [GeneratedRegex("/admin/usage$")]
    private static partial Regex UsageUrl();
}
