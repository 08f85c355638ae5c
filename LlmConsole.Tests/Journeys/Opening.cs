using Microsoft.Playwright;

namespace LlmConsole.Tests.Journeys;

/// <summary>Opens pages and waits until they stand, which for one with a circuit is after its second drawing.</summary>
internal static class Opening
{
    /// <summary>Notes what the server drew, and whether a circuit will draw it again: Blazor's marks of that are gone once it has begun.</summary>
    public const string Note = """
        document.addEventListener('readystatechange', () => {
            if (document.readyState !== 'interactive') return;
            const marks = document.createNodeIterator(document.body, NodeFilter.SHOW_COMMENT);
            let mark;
            while ((mark = marks.nextNode()) && !/^Blazor:.*"type":"server"/.test(mark.data));
            window.hasCircuit = mark !== null;
            window.firstDrawing = document.querySelector('main');
        });
        """;

    /// <summary>What comes with or right after a drawing, such as scripts that measure it, is done when nothing has changed for a moment.</summary>
    private const string Stands = """
        () => new Promise(done => {
            let rest;
            const observer = new MutationObserver(wait);
            function stand() {
                const isDrawn = !window.hasCircuit || document.querySelector('main') !== window.firstDrawing;
                if (!isDrawn || document.querySelector('.loading-rows')) return;
                observer.disconnect();
                done(true);
            }
            function wait() {
                clearTimeout(rest);
                rest = setTimeout(stand, 100);
            }
            observer.observe(document, { childList: true, subtree: true, characterData: true, attributes: true });
            wait();
        })
        """;

    /// <summary>Opens the page; the status of its answer.</summary>
    public static async Task<int> OpenAsync(this IPage page, string path)
    {
        var response = await page.GotoAsync(path);
        await page.WaitForFunctionAsync(Stands);
        return response!.Status;
    }

    public static async Task OpenAgainAsync(this IPage page)
    {
        await page.ReloadAsync();
        await page.WaitForFunctionAsync(Stands);
    }
}
