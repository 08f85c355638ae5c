using LlmConsole.Core.Metering;
using LlmConsole.Tests.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LlmConsole.Tests.Journeys;

/// <summary>Shortcuts, lists and composing by keyboard, in a browser.</summary>
public sealed class KeyboardTests(FilledApp filled) : IClassFixture<FilledApp>
{
    [Fact]
    public async Task Shortcuts_OfThePage_OpenCloseAndCanBeSwitchedOff()
    {
        await using var browser = await filled.SignInAsync("light", 1440);

        await browser.WalkAsync(async page =>
        {
            await page.OpenAsync("/admin/tenants");
            await page.Keyboard.PressAsync("?");
            var list = page.Locator("#shortcuts");
            await Expect(list).ToBeVisibleAsync();
            await Pictures.TakeAsync(page, "shortcuts");
            await list.GetByRole(AriaRole.Switch).UncheckAsync();
            await page.Keyboard.PressAsync("Escape");
            await Expect(list).Not.ToBeVisibleAsync();

            await page.Keyboard.PressAsync("?");
            await page.Keyboard.PressAsync("Control+k");
            await Expect(page.Locator("dialog[open]")).ToHaveCountAsync(0);

            await page.GetByLabel("Account: ").ClickAsync();
            await page.GetByRole(AriaRole.Button, Named("Keyboard shortcuts")).ClickAsync();
            await list.GetByRole(AriaRole.Switch).CheckAsync();
            await list.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Close" }).ClickAsync();
        });
    }

    [Fact]
    public async Task Search_RequestId_OpensItByKeyboardAlone()
    {
        await using var browser = await filled.SignInAsync("dark", 1440);
        var record = (await filled.App.RecordsAsync())[^1];

        await browser.WalkAsync(async page =>
        {
            await page.OpenAsync("/admin/usage");
            await page.Keyboard.PressAsync("Control+k");
            await Expect(page.Locator("[data-palette-input]")).ToBeFocusedAsync();
            await page.Keyboard.TypeAsync("a");
            await Expect(page.Locator("#palette [role=option]").First).ToBeVisibleAsync();
            await Pictures.TakeAsync(page, "palette");
            await page.Keyboard.PressAsync("Control+a");
            await page.Keyboard.TypeAsync(record.RequestId);
            await page.Keyboard.PressAsync("Enter");

            await Expect(page.Locator(".side-drawer")).ToContainTextAsync(record.RequestId);
            await Expect(page.Locator("dialog[open]")).ToHaveCountAsync(0);
        });

        browser.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task Requests_ArrowsAndEscape_MoveAlongAndClose()
    {
        await using var browser = await filled.SignInAsync("light", 1440);

        await browser.WalkAsync(async page =>
        {
            await page.OpenAsync("/admin/requests");
            await page.Locator("tr[tabindex]").First.FocusAsync();
            await page.Keyboard.PressAsync("Enter");
            await Expect(page.Locator(".side-drawer .formula")).ToBeVisibleAsync();
            await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex(@"\?call=req_"));
            var first = page.Url;

            await page.Keyboard.PressAsync("ArrowDown");
            await Expect(page).Not.ToHaveURLAsync(first);
            await Expect(page.Locator("tr.selected")).ToHaveCountAsync(1);
            await page.Keyboard.PressAsync("ArrowUp");
            await Expect(page).ToHaveURLAsync(first);

            await page.Keyboard.PressAsync("Escape");
            await Expect(page.Locator(".side-drawer")).ToHaveCountAsync(0);
            await Expect(page).Not.ToHaveURLAsync(first);
        });
    }

    [Fact]
    public async Task Tenant_KeyAndFirstCall_NeedNothingButTheKeyboard()
    {
        await using var browser = await filled.SignInAsync("dark", 1440);

        await browser.WalkAsync(async page =>
        {
            await page.OpenAsync("/admin/tenants");
            await CreateAsync(page, "Create tenant", dialog => page.Keyboard.TypeAsync("Keyboard"));

            await SearchAsync(page, "Keys");
            await CreateAsync(page, "Create key", async dialog =>
            {
                await page.Keyboard.TypeAsync("Typed");
                await ByKeyboard.ChooseAsync(page, dialog.GetByLabel("Tenant", Exact), "Keyboard");
                await ByKeyboard.TabToAsync(page, dialog.GetByLabel("Name", Exact));
            });
            await Expect(page.Locator(".secret")).ToBeVisibleAsync();
            await ByKeyboard.PressAsync(page, page.Locator(".secret-actions .copy-button").First);
            await ByKeyboard.PressAsync(page, page.GetByRole(AriaRole.Button, Named("Done")));
            await Expect(page.Locator(".mud-dialog")).ToHaveCountAsync(0);

            await SearchAsync(page, "Playground");
            await ByKeyboard.ChooseAsync(page, page.GetByLabel("Tenant", PageExact), "Keyboard");
            await ByKeyboard.TabToAsync(page, page.GetByLabel("Message 1", PageExact));
            await page.Keyboard.TypeAsync("Say hello");
            await page.Keyboard.PressAsync("Control+Enter");
            await Expect(page.Locator(".md").First).ToHaveTextAsync("Hello.");
        });

        browser.Complaints.ShouldBeEmpty();
        var tenant = filled.App.Tenant("Keyboard");
        filled.App.Configuration.Keys.Values.ShouldContain(key => key.TenantId == tenant.Id && key.Name == "Typed");
        (await filled.App.RecordsAsync(new UsageFilter { TenantId = tenant.Id })).ShouldAllBe(record => record.Outcome == Outcome.Answered);
    }

    [Fact]
    public async Task Tabs_OfATenant_GoBackAndForward()
    {
        await using var browser = await filled.SignInAsync("light", 1440);
        var tenant = $"/admin/tenants/{filled.App.Tenant("Acme").Id}";

        await browser.WalkAsync(async page =>
        {
            await page.OpenAsync(tenant);
            await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Keys", Exact = false }).Locator("visible=true").Nth(1).ClickAsync();
            await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex($"{tenant}/keys$"));
            await page.ReloadAsync();
            await Expect(page.Locator("main")).ToContainTextAsync("Help desk");
            await page.GoBackAsync();
            await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex($"{tenant}$"));
            await page.GoForwardAsync();
            await Expect(page.Locator("main")).ToContainTextAsync("Help desk");
        });
    }

    [Fact]
    public async Task Composer_EnterWhileComposing_DoesNotSend()
    {
        await using var browser = await filled.SignInAsync("light", 1440);

        await browser.WalkAsync(async page =>
        {
            await page.GotoAsync("/chat");
            var box = page.GetByLabel("Message", new PageGetByLabelOptions { Exact = true });
            await Expect(box).ToBeEditableAsync();
            await Expect(box).ToBeFocusedAsync();
            await page.Keyboard.TypeAsync("first");
            await box.EvaluateAsync("box => box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true }))");
            await page.Keyboard.PressAsync("Shift+Enter");
            await page.Keyboard.TypeAsync("second");

            await Expect(box).ToHaveValueAsync("first\nsecond");
            await Expect(page.Locator(".question")).ToHaveCountAsync(0);
        });
    }

    [Fact]
    public async Task Copy_NewKey_IsOnTheClipboardAndAnnounced_AndOnceItsDialogIsClosedNowhere()
    {
        await using var browser = await filled.SignInAsync("light", 1440);
        await browser.Page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        var received = new Received(browser.Page);

        await browser.WalkAsync(async page =>
        {
            await page.OpenAsync("/admin/keys");
            await page.GetByRole(AriaRole.Button, Named("Create key")).ClickAsync();
            await page.GetByLabel("Name", new PageGetByLabelOptions { Exact = true }).FillAsync("Copied");
            await page.Keyboard.PressAsync("Enter");
            var secret = await page.Locator(".secret").InnerTextAsync();
            await page.Locator(".secret-actions .copy-button").First.ClickAsync();

            await Expect(page.Locator("body > .visually-hidden[role=status]")).ToHaveTextAsync("Copied");
            (await page.EvaluateAsync<string>("() => navigator.clipboard.readText()")).ShouldBe(secret);
            (await received.ContainAsync(secret)).ShouldBeTrue();

            await page.GetByRole(AriaRole.Button, Named("Done")).ClickAsync();
            await Expect(page.Locator(".secret")).ToHaveCountAsync(0);
            (await page.ContentAsync()).ShouldNotContain(secret);
            received.Forget();
            await page.OpenAsync("/admin/tenants");
            await page.OpenAsync("/admin/keys");
            await Expect(page.Locator("tr", new PageLocatorOptions { HasText = "Copied" })).ToContainTextAsync(secret[^4..]);
            (await page.ContentAsync()).ShouldNotContain(secret);
            (await page.EvaluateAsync<string>("() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])")).ShouldNotContain(secret);
            (await received.ContainAsync(secret[^4..])).ShouldBeTrue();
            (await received.ContainAsync(secret)).ShouldBeFalse();
        });
    }

    /// <summary>Opens the dialog, which keeps the focus until it is closed and then gives it back, and submits it from its first field.</summary>
    private static async Task CreateAsync(IPage page, string button, Func<ILocator, Task> fill)
    {
        var opener = page.GetByRole(AriaRole.Button, Named(button)).First;
        var dialog = page.Locator(".mud-dialog");
        var name = dialog.GetByLabel("Name", Exact);
        await ByKeyboard.PressAsync(page, opener);
        await Expect(name).ToBeFocusedAsync();
        await ByKeyboard.StaysWithinAsync(page, dialog);
        await page.Keyboard.PressAsync("Escape");
        await Expect(dialog).ToHaveCountAsync(0);
        await Expect(opener).ToBeFocusedAsync();

        await page.Keyboard.PressAsync("Enter");
        await Expect(name).ToBeFocusedAsync();
        await fill(dialog);
        await page.Keyboard.PressAsync("Enter");
        await Expect(name).ToHaveCountAsync(0);
    }

    /// <summary>Goes to a page by its name.</summary>
    private static async Task SearchAsync(IPage page, string name)
    {
        await page.Keyboard.PressAsync("Control+k");
        await Expect(page.Locator("[data-palette-input]")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync(name);
        await Expect(page.Locator("#palette [role=option][aria-selected=true]")).ToContainTextAsync(name);
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("h1")).ToHaveTextAsync(name);
    }

    private static LocatorGetByLabelOptions Exact { get; } = new() { Exact = true };

    private static PageGetByLabelOptions PageExact { get; } = new() { Exact = true };

    private static PageGetByRoleOptions Named(string name) => new() { Name = name, Exact = true };
}
