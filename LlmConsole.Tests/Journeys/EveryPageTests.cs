using LlmConsole.Tests.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LlmConsole.Tests.Journeys;

/// <summary>Every page, in both themes, on a desk and on a phone: it comes up without complaints, and everything on it can be reached.</summary>
[Collection(Alone.Name)]
public sealed class EveryPageTests(FilledApp filled) : IClassFixture<FilledApp>
{
    private const int Narrowest = 320;
    private const int Phone = 375;
    private const int Desk = 1440;

    /// <summary>What the reader can't get at: parts of the page beyond its side that no frame of their own scrolls to.</summary>
    private const string OutOfReach = """
        () => {
            const width = document.documentElement.clientWidth;
            const wide = document.documentElement.scrollWidth > width ? [`the page is ${document.documentElement.scrollWidth} wide`] : [];
            const cut = [...document.querySelectorAll('main a, main button, main input, main select, main textarea, .topbar *, .mud-dialog *')]
                .filter(e => e.checkVisibility() && !e.closest('.table-frame:not([data-table="fits"]), .snippet, .visually-hidden, .chat-list:not(.open)'))
                .map(e => [e, e.getBoundingClientRect()])
                .filter(([, box]) => box.width > 1 && (box.left < -1 || box.right > width + 1))
                .map(([e, box]) => `${Math.round(box.left)} to ${Math.round(box.right)} of ${width}: ${e.outerHTML.slice(0, 120)}`);
            return [...wide, ...cut];
        }
        """;

    /// <summary>What a finger misses: controls below 24 pixels, unless they are words of a sentence. A box with its label is one target.</summary>
    private const string TooSmall = """
        () => [...document.querySelectorAll('a[href], button, input, select, textarea, summary')]
            .filter(e => e.checkVisibility({ visibilityProperty: true }) && !e.matches('.skip-link, [tabindex="-1"]'))
            .filter(e => !(getComputedStyle(e).display === 'inline' && e.parentElement.textContent.trim() !== e.textContent.trim()))
            .map(e => [e, (e.labels?.[0]?.contains(e) ? e.labels[0] : e).getBoundingClientRect()])
            .filter(([, box]) => box.width > 1 && (box.width < 24 || box.height < 24))
            .map(([e, box]) => `${Math.round(box.width)} x ${Math.round(box.height)}: ${e.outerHTML.slice(0, 120)}`)
        """;

    private static readonly string[] Pages =
    [
        "/admin", "/admin?range=24h", "/admin?range=30d", "/admin/requests", "/admin/tenants", "/admin/keys", "/admin/tiers", "/admin/users", "/admin/models", "/admin/models/new", "/admin/providers", "/admin/cache", "/admin/cache?range=30d", "/admin/cache/entries", "/admin/cache/lab", "/admin/drills", "/admin/webhooks", "/admin/alerts", "/admin/webhooks/no-such-endpoint", "/admin/usage", "/admin/usage?by=day&range=7d", "/admin/usage?by=task&task=support", "/admin/audit", "/admin/settings", "/admin/playground",
        "/admin/jobs", "/admin/jobs?state=failed", "/admin/jobs?state=expired", "/admin/jobs/new", "/admin/jobs/job_sample_2", "/admin/jobs/job_sample_2?item=60&after=40", "/admin/jobs/no-such-job",
        "/admin/tenants/no-such-tenant", "/admin/models/no-such-model", "/admin/requests?call=no-such-call", "/admin/requests?model=no-such-model", "/admin/keys?key=no-such-key",
        "/chat", "/chat/conv_1", "/chat/no-such-conversation", "/account", "/account/denied", "/not-found", "/nowhere", "/docs/errors",
    ];

    private static readonly (string Page, string Button)[] Dialogs =
        [("/admin/tenants", "Create tenant"), ("/admin/keys", "Create key"), ("/admin/tiers", "Create tier"), ("/admin/providers", "Create provider"), ("/admin/drills", "Start fire drill"), ("/admin/webhooks", "Create endpoint"), ("/admin/alerts", "Create rule"), ("/admin/users", "Create user")];

    /// <summary>What axe-core finds, and targets that are too small, of all pages at once: findings mostly repeat.</summary>
    private readonly List<string> _findings = [];

    [Theory]
    [InlineData("light", Desk)]
    [InlineData("dark", Desk)]
    [InlineData("light", Phone)]
    [InlineData("dark", Phone)]
    public async Task Pages_OfAGatewayInUse_AreWholeAndReachable(string theme, int width)
    {
        Accessibility.Require();
        await using var browser = await filled.SignInAsync(theme, width);
        var tenant = $"/admin/tenants/{filled.App.Tenant("Initech").Id}";
        var model = $"/admin/models/{filled.App.Configuration.FindModel(SampleBooks.FastModel)!.Id}";

        await browser.WalkAsync(async page =>
        {
            foreach (var path in (string[])[.. Pages, tenant, $"{tenant}/limits", $"{tenant}/cache", $"{tenant}/bodies", $"{tenant}/keys", $"{tenant}/users", model, .. Hooks()]) await LookAsync(browser, page, path, theme, width);
        });

        _findings.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("light", Desk)]
    [InlineData("dark", Phone)]
    public async Task Dialogs_OnEachList_FitTheirScreen(string theme, int width)
    {
        Accessibility.Require();
        await using var browser = await filled.SignInAsync(theme, width);

        await browser.WalkAsync(async page =>
        {
            var tenant = $"/admin/tenants/{filled.App.Tenant("Acme").Id}";
            foreach (var (path, button) in Dialogs.Append(($"{tenant}/limits", "Override")).Append(($"{tenant}/users", "Limit users")))
            {
                await OpenAsync(page, path);
                await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = button, Exact = true }).First.ClickAsync();
                var dialog = page.GetByRole(AriaRole.Dialog);
                await Expect(dialog).ToBeVisibleAsync();
                await Pictures.TakeAsync(page, Name("dialog-" + button, theme, width));
                await ReachableAsync(page, button);
                _findings.AddRange(await Accessibility.FindingsAsync(page, button));

                // The dialog takes the focus once it stands; keys before that go to the page.
                await Expect(dialog.Locator(":focus")).ToHaveCountAsync(1);
                await page.Keyboard.PressAsync("Escape");
                await Expect(dialog).ToHaveCountAsync(0);
            }
        });

        browser.Complaints.ShouldBeEmpty();
        _findings.ShouldBeEmpty();
    }

    [Fact]
    public async Task Pages_BeforeTheFirstCall_SayWhatToDo()
    {
        Accessibility.Require();
        await using var app = await RunningApp.StartAsync(("Bootstrap:AdminEmail", FilledApp.Email), ("Bootstrap:AdminPassword", FilledApp.Password));
        await using var browser = await FilledApp.SignInAsync(app, "light", Phone);

        await browser.WalkAsync(async page =>
        {
            foreach (var path in (string[])["/admin", "/admin?range=24h", "/admin?range=30d", "/admin/requests", "/admin/keys"])
            {
                await LookAsync(browser, page, path, "empty", Phone);
                await Expect(page.Locator(".empty-state :is(a, button)").First).ToBeVisibleAsync();
            }
        });

        _findings.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("light", Phone)]
    [InlineData("dark", Desk)]
    public async Task SignIn_Refused_SaysWhyAndKeepsTheAddress(string theme, int width)
    {
        Accessibility.Require();
        await using var browser = await Browser.StartAsync(filled.App.BaseAddress);
        await browser.Page.SetViewportSizeAsync(width, 812);
        await browser.Page.Context.AddCookiesAsync([new Cookie { Name = "theme", Value = theme, Url = filled.App.BaseAddress.ToString() }]);

        await browser.WalkAsync(async page =>
        {
            await page.GotoAsync("/account/sign-in");
            await page.GetByLabel("E-mail address").FillAsync("somebody@example.com");
            await page.GetByLabel("Password").FillAsync("wrong");
            await page.Keyboard.PressAsync("Enter");

            await Expect(page.Locator(".notice-bad[role=alert]")).ToContainTextAsync("don't match");
            await Expect(page.GetByLabel("E-mail address")).ToHaveValueAsync("somebody@example.com");
            await Expect(page.GetByLabel("Password")).ToBeFocusedAsync();
            await Pictures.TakeAsync(page, Name("sign-in-refused", theme, width));
            await ReachableAsync(page, "sign-in");
            _findings.AddRange(await Accessibility.FindingsAsync(page, "sign-in"));
        });

        _findings.ShouldBeEmpty();
    }

    /// <summary>Its markup is its package's own and isn't judged here.</summary>
    [Fact]
    public async Task ApiReference_InABrowser_StartsUnderItsPolicy()
    {
        await using var browser = await Browser.StartAsync(filled.App.BaseAddress);

        await browser.WalkAsync(async page =>
        {
            await page.GotoAsync("/docs");
            await Expect(page.GetByText("LlmConsole", new PageGetByTextOptions { Exact = false }).First).ToBeVisibleAsync();
            await Expect(page.GetByText("/v1/chat/completions").First).ToBeAttachedAsync();
            await Pictures.TakeAsync(page, "api-reference");
        });

        browser.Complaints.ShouldBeEmpty();
    }

    /// <summary>Opens the page, waits until it stands, and judges it.</summary>
    private async Task LookAsync(Browser browser, IPage page, string path, string theme, int width)
    {
        var status = await OpenAsync(page, path);

        // A page that is itself a refusal is no failure of the page, though browsers report its status as one.
        if (status >= 400) browser.Complaints.RemoveAll(complaint => complaint.Contains($"status of {status}", StringComparison.Ordinal));
        await Pictures.TakeAsync(page, Name(path, theme, width));
        await ReachableAsync(page, path);
        if (width == Phone) await FitsAsync(page, path);
        if (theme is "light" or "dark") (await page.EvaluateAsync<string>("() => getComputedStyle(document.documentElement).colorScheme")).ShouldBe(theme, path);
        await Expect(page.Locator("#blazor-error-ui")).Not.ToBeVisibleAsync();
        browser.Complaints.ShouldBeEmpty(path);
        _findings.AddRange(await Accessibility.FindingsAsync(page, path));
    }

    /// <summary>All can be reached, as soon as what moves has arrived.</summary>
    private static async Task ReachableAsync(IPage page, string place)
    {
        try
        {
            await page.WaitForFunctionAsync($"() => ({OutOfReach})().length === 0", null, new PageWaitForFunctionOptions { Timeout = 5_000 });
        }
        catch (TimeoutException)
        {
            (await page.EvaluateAsync<string[]>(OutOfReach)).ShouldBeEmpty(place);
        }
    }

    /// <summary>The narrowest screen, and fingers.</summary>
    private async Task FitsAsync(IPage page, string place)
    {
        _findings.AddRange((await page.EvaluateAsync<string[]>(TooSmall)).Select(target => $"{place}: {target}"));
        await page.SetViewportSizeAsync(Narrowest, 812);
        await ReachableAsync(page, $"{place} on {Narrowest} px");
        await page.SetViewportSizeAsync(Phone, 812);
    }

    private IEnumerable<string> Hooks() => filled.App.Configuration.Webhooks.Keys.SelectMany(id => (string[])[$"/admin/webhooks/{id}", $"/admin/webhooks/{id}?delivery=dlv_{id}"]);

    private static async Task<int> OpenAsync(IPage page, string path)
    {
        // What still slides in is out of reach for a moment.
        await page.EmulateMediaAsync(new PageEmulateMediaOptions { ReducedMotion = ReducedMotion.Reduce });
        var response = await page.GotoAsync(path, new PageGotoOptions { WaitUntil = WaitUntilState.NetworkIdle });
        await Expect(page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Level = 1 }).First).ToBeAttachedAsync();
        await Expect(page.Locator(".loading-rows")).ToHaveCountAsync(0);
        return response!.Status;
    }

    private static string Name(string path, string theme, int width) => $"{string.Concat(path.Trim('/').Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')).ToLowerInvariant()}-{theme}-{width}";
}
