using System.Text.RegularExpressions;
using LlmConsole.Core.Metering;
using LlmConsole.Tests.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LlmConsole.Tests.Journeys;

/// <summary>The first run on a phone's screen, with nothing but the keyboard, and with the simulator.</summary>
public sealed partial class WizardByKeyboardTests : IAsyncLifetime
{
    private const string Password = "correct horse battery";

    private RunningApp _app = null!;

    public async ValueTask InitializeAsync() => _app = await RunningApp.StartAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task FirstRun_ByKeyboardAlone_EndsInTheChat()
    {
        await using var browser = await Browser.StartAsync(_app.BaseAddress);
        await browser.Page.SetViewportSizeAsync(375, 812);

        await browser.WalkAsync(async page =>
        {
            await FindTheDoorClosedAsync(browser);
            await CreateOwnerAsync(page);
            await ChooseSimulatorAsync(page);
            await CreateKeyAsync(page);
            await Pictures.TakeAsync(page, "setup-4-first-call");
            await ByKeyboard.PressAsync(page, page.GetByRole(AriaRole.Link, Named("Open the chat")));
            await ChatAsync(page);
        });

        browser.Complaints.ShouldBeEmpty();
        (await _app.RecordsAsync()).ShouldHaveSingleItem().Outcome.ShouldBe(Outcome.Answered);
    }

    /// <summary>Without the link there is only a page that says where it is. Browsers report its status, 403, as an error.</summary>
    private static async Task FindTheDoorClosedAsync(Browser browser)
    {
        await browser.Page.OpenAsync("/");
        await Expect(browser.Page.GetByRole(AriaRole.Heading)).ToHaveTextAsync("This gateway isn't set up yet");
        await Pictures.TakeAsync(browser.Page, "setup-0-closed");
        browser.Complaints.ShouldHaveSingleItem().ShouldContain("403");
        browser.Complaints.Clear();
    }

    private async Task CreateOwnerAsync(IPage page)
    {
        await page.GotoAsync(_app.Log.Lines.Select(line => SetupLink().Match(line)).Single(match => match.Success).Value);
        await Expect(page.GetByLabel("E-mail address")).ToBeFocusedAsync();
        await Pictures.TakeAsync(page, "setup-1-owner");
        await page.Keyboard.TypeAsync("owner@example.com");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.TypeAsync(Password);
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.TypeAsync(Password);
        await page.Keyboard.PressAsync("Enter");
    }

    private static async Task ChooseSimulatorAsync(IPage page)
    {
        var simulator = page.GetByRole(AriaRole.Radio, new PageGetByRoleOptions { Name = "Simulator" });
        await Expect(simulator).ToBeEnabledAsync();
        await Pictures.TakeAsync(page, "setup-2-provider");
        await ByKeyboard.TabToAsync(page, page.Locator("input[type=radio]:checked"));
        for (var choices = await page.GetByRole(AriaRole.Radio).CountAsync(); choices > 0 && !await simulator.IsCheckedAsync(); choices--) await page.Keyboard.PressAsync("ArrowDown");
        await Expect(simulator).ToBeCheckedAsync();
        await ByKeyboard.PressAsync(page, page.GetByRole(AriaRole.Button, Named("Continue")));
    }

    private static async Task CreateKeyAsync(IPage page)
    {
        await Expect(page.GetByRole(AriaRole.Heading)).ToHaveTextAsync("Create the first key");
        await Pictures.TakeAsync(page, "setup-3-key");
        await ByKeyboard.PressAsync(page, page.GetByRole(AriaRole.Button, Named("Create key")));
        await Expect(page.Locator("#key")).ToHaveTextAsync(new Regex("^llmc_live_"));
        await Pictures.TakeAsync(page, "setup-3-key-shown");
        await ByKeyboard.PressAsync(page, page.GetByRole(AriaRole.Button, Named("Continue")));
        await Expect(page.Locator("#curl")).ToContainTextAsync("curl");
    }

    private static async Task ChatAsync(IPage page)
    {
        var message = page.GetByLabel("Message", new PageGetByLabelOptions { Exact = true });
        await Expect(message).ToBeFocusedAsync();
        await Expect(message).ToBeEditableAsync();
        await page.Keyboard.TypeAsync("Say this back");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator(".answer")).ToContainTextAsync("Say this back");
        await Expect(page.Locator(".answer-footer")).ToContainTextAsync("$");
    }

    private static PageGetByRoleOptions Named(string name) => new() { Name = name, Exact = true };

    [GeneratedRegex(@"http://\S+/setup\?token=\S+?(?=\s|$)")]
    private static partial Regex SetupLink();
}
