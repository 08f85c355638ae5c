using LlmConsole.Tests.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LlmConsole.Tests.Journeys;

/// <summary>What <see cref="EveryPageTests"/> doesn't come to: dialogs, refusals, and pages that have nothing to show yet.</summary>
public sealed class PageStatesTests(FilledApp filled) : PageLook, IClassFixture<FilledApp>
{
    private static readonly (string Page, string Button)[] Dialogs =
        [("/admin/tenants", "Create tenant"), ("/admin/keys", "Create key"), ("/admin/tiers", "Create tier"), ("/admin/providers", "Create provider"), ("/admin/drills", "Start fire drill"), ("/admin/webhooks", "Create endpoint"), ("/admin/alerts", "Create rule"), ("/admin/users", "Create user")];

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
                Findings.AddRange(await Accessibility.FindingsAsync(page, button));

                // The dialog takes the focus once it stands; keys before that go to the page.
                await Expect(dialog.Locator(":focus")).ToHaveCountAsync(1);
                await page.Keyboard.PressAsync("Escape");
                await Expect(dialog).ToHaveCountAsync(0);
            }
        });

        browser.Complaints.ShouldBeEmpty();
        Findings.ShouldBeEmpty();
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

        Findings.ShouldBeEmpty();
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
            Findings.AddRange(await Accessibility.FindingsAsync(page, "sign-in"));
        });

        Findings.ShouldBeEmpty();
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
}
