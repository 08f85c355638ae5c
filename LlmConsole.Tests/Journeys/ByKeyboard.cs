using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LlmConsole.Tests.Journeys;

/// <summary>Getting about a page with nothing but the keyboard.</summary>
internal static class ByKeyboard
{
    private const int MostTabs = 60;

    /// <summary>Whether the control, or the card or box that it stands for, has an outline.</summary>
    private const string IsSeen = """
        control => {
            for (let e = control; e !== document.body; e = e.parentElement) if (getComputedStyle(e).outlineStyle !== 'none') return true;
            return false;
        }
        """;

    /// <summary>Goes to the control, sees that it has the focus, and presses Enter.</summary>
    public static async Task PressAsync(IPage page, ILocator control)
    {
        await Expect(control).ToBeEnabledAsync();
        await TabToAsync(page, control);
        await page.Keyboard.PressAsync("Enter");
    }

    public static async Task TabToAsync(IPage page, ILocator control)
    {
        for (var tabs = 0; tabs < MostTabs && !await control.EvaluateAsync<bool>("control => control === document.activeElement"); tabs++) await page.Keyboard.PressAsync("Tab");
        await Expect(control).ToBeFocusedAsync();
        (await control.EvaluateAsync<bool>(IsSeen)).ShouldBeTrue($"the focus can't be seen on {control}");
    }

    /// <summary>Chooses by typing how the choice begins.</summary>
    public static async Task ChooseAsync(IPage page, ILocator select, string text)
    {
        await TabToAsync(page, select);
        await page.Keyboard.TypeAsync(text);
        await Expect(select.Locator("option:checked")).ToHaveTextAsync(text);
    }

    /// <summary>Goes once round the dialog: the focus never leaves it.</summary>
    public static async Task StaysWithinAsync(IPage page, ILocator dialog)
    {
        for (var tabs = 0; tabs < 10; tabs++)
        {
            await page.Keyboard.PressAsync("Tab");
            (await dialog.EvaluateAsync<bool>("dialog => dialog.closest('.mud-dialog-container').contains(document.activeElement)")).ShouldBeTrue();
        }
    }
}
