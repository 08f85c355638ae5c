using LlmConsole.Tests.Support;
using Microsoft.Playwright;

namespace LlmConsole.Tests.Journeys;

/// <summary>Saves pictures of pages, but only for somebody who wants to look: set <c>LLMCONSOLE_PICTURES</c> to a directory, relative to the repository's root.</summary>
internal static class Pictures
{
    private const string Setting = "LLMCONSOLE_PICTURES";

    public static async Task TakeAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable(Setting) is not { Length: > 0 } directory) return;

        // A pointer that happens to rest somewhere would leave its mark.
        await page.Mouse.MoveAsync(0, 0);
        await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(RepositoryFiles.Root, directory, $"{name}.png"), Animations = ScreenshotAnimations.Disabled });
    }
}
