using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LlmConsole.Tests.Journeys;

/// <summary>What was typed into the chat page and not sent.</summary>
public sealed class DraftTests(FilledApp filled) : IClassFixture<FilledApp>
{
    /// <summary>Each time, the page must come up whole before it brings the draft back.</summary>
    private static readonly LocatorAssertionsToHaveValueOptions Patiently = new() { Timeout = 30_000 };

    [Fact]
    public async Task Draft_Unsent_OutlivesAReloadAndTheEndOfTheSession()
    {
        await using var browser = await filled.SignInAsync("light", 1440);

        await browser.WalkAsync(async page =>
        {
            var message = page.GetByLabel("Message", new PageGetByLabelOptions { Exact = true });
            await page.OpenAsync("/chat/conv_2");
            await message.FillAsync("A long thought");
            await page.OpenAgainAsync();
            await Expect(message).ToHaveValueAsync("A long thought", Patiently);

            await page.Context.ClearCookiesAsync(new BrowserContextClearCookiesOptions { Name = "llmconsole.session" });
            await page.OpenAgainAsync();
            await page.GetByLabel("E-mail address").FillAsync(FilledApp.Email);
            await page.GetByLabel("Password").FillAsync(FilledApp.Password);
            await page.GetByRole(AriaRole.Button, Named("Sign in")).ClickAsync();
            await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/chat/conv_2$"));
            await Expect(message).ToHaveValueAsync("A long thought", Patiently);

            await message.PressAsync("Enter");
            await Expect(page.Locator(".question").Last).ToContainTextAsync("A long thought");
            await Expect(page.Locator("[data-announced]")).ToHaveTextAsync("Answer complete");
            await page.OpenAgainAsync();
            await Expect(message).ToBeEditableAsync(new LocatorAssertionsToBeEditableOptions { Timeout = 30_000 });
            await Expect(message).ToHaveValueAsync("");
        });
    }

    private static PageGetByRoleOptions Named(string name) => new() { Name = name, Exact = true };
}
