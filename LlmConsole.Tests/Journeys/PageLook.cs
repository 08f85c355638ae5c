using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LlmConsole.Tests.Journeys;

/// <summary>Looks at pages: each comes up without complaints, and everything on it can be reached.</summary>
public abstract class PageLook
{
    protected const int Phone = 375;
    protected const int Desk = 1440;
    private const int Narrowest = 320;

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

    /// <summary>What axe-core finds, and targets that are too small, of all pages at once: findings mostly repeat.</summary>
    private protected List<string> Findings { get; } = [];

    /// <summary>Opens the page, waits until it stands, and judges it.</summary>
    private protected async Task LookAsync(Browser browser, IPage page, string path, string theme, int width)
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
        Findings.AddRange(await Accessibility.FindingsAsync(page, path));
    }

    /// <summary>All can be reached, as soon as what moves has arrived.</summary>
    private protected static async Task ReachableAsync(IPage page, string place)
    {
        try
        {
            await page.WaitForFunctionAsync($"() => ({OutOfReach})().length === 0");
        }
        catch (TimeoutException)
        {
            (await page.EvaluateAsync<string[]>(OutOfReach)).ShouldBeEmpty(place);
        }
    }

    /// <summary>The narrowest screen, and fingers.</summary>
    private async Task FitsAsync(IPage page, string place)
    {
        Findings.AddRange((await page.EvaluateAsync<string[]>(TooSmall)).Select(target => $"{place}: {target}"));
        await page.SetViewportSizeAsync(Narrowest, 812);
        await ReachableAsync(page, $"{place} on {Narrowest} px");
        await page.SetViewportSizeAsync(Phone, 812);
    }

    private protected static async Task<int> OpenAsync(IPage page, string path)
    {
        // What still slides in is out of reach for a moment.
        await page.EmulateMediaAsync(new PageEmulateMediaOptions { ReducedMotion = ReducedMotion.Reduce });
        var status = await page.OpenAsync(path);
        await Expect(page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Level = 1 }).First).ToBeAttachedAsync();
        return status;
    }

    private protected static string Name(string path, string theme, int width) => $"{string.Concat(path.Trim('/').Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')).ToLowerInvariant()}-{theme}-{width}";
}
