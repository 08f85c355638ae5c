using LlmConsole.Tests.Support;
using Microsoft.Playwright;

namespace LlmConsole.Tests.Journeys;

/// <summary>Debian's Chromium, driven by Playwright, for one journey. What the browser complains of is kept, because a page that works with errors doesn't work.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private Browser(IPlaywright playwright, IBrowser browser, IPage page)
    {
        (_playwright, _browser, Page) = (playwright, browser, page);
        page.Console += (_, message) =>
        {
            if (message.Type == "error") Complaints.Add(message.Text);
        };
        page.PageError += (_, error) => Complaints.Add(error);
    }

    public IPage Page { get; }

    /// <summary>Errors of scripts, styles, and requests that failed.</summary>
    public List<string> Complaints { get; } = [];

    public static async Task<Browser> StartAsync(Uri baseAddress)
    {
        Needs.Chromium();
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Needs.ChromiumPath,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
        var context = await browser.NewContextAsync(new BrowserNewContextOptions { BaseURL = baseAddress.ToString(), ViewportSize = new ViewportSize { Width = 1440, Height = 900 } });
        await context.AddInitScriptAsync(Opening.Note);
        context.SetDefaultTimeout((float)Patience.Longest.TotalMilliseconds);
        return new Browser(playwright, browser, await context.NewPageAsync());
    }

    /// <summary>Walks; when that fails, leaves a picture of the page beside the test results.</summary>
    public async Task WalkAsync(Func<IPage, Task> steps)
    {
        try
        {
            await steps(Page);
        }
        catch
        {
            var picture = Path.Combine(RepositoryFiles.Root, "TestResults", $"{TestContext.Current.TestClass?.TestClassSimpleName}-{TestContext.Current.TestMethod?.MethodName}.png");
            await Page.ScreenshotAsync(new PageScreenshotOptions { Path = picture, FullPage = true });
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}
