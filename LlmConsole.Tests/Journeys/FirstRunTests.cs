using System.Diagnostics;
using System.Text.RegularExpressions;
using LlmConsole.Core.Metering;
using LlmConsole.Tests.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LlmConsole.Tests.Journeys;

/// <summary>The first quarter of an hour of somebody who just started the app, in a real browser.</summary>
public sealed partial class FirstRunTests : IAsyncLifetime
{
    private const string Password = "correct horse battery";

    private readonly TaskCompletionSource _secondHalf = new();
    private RunningApp _app = null!;
    private ScriptedProvider _provider = null!;

    public async ValueTask InitializeAsync()
    {
        _provider = await ScriptedProvider.StartAsync();
        _app = await RunningApp.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [Fact]
    public async Task FirstRun_FromTheLinkInTheLog_EndsWithAMeteredChat()
    {
        await using var browser = await Browser.StartAsync(_app.BaseAddress);

        await browser.WalkAsync(async page =>
        {
            await CreateOwnerAsync(page);
            await AddProviderAsync(page);
            var key = await CreateKeyAsync(page);
            await SendFirstRequestAsync(page);
            await ChatAsync(page);
            await FindTheCallsAsync(page);
            await KeyIsNowhereAsync(page, key);
        });

        browser.Complaints.ShouldBeEmpty();
        (await _app.RecordsAsync()).Select(record => record.Outcome).ShouldBe([Outcome.Answered, Outcome.Answered]);
    }

    private async Task CreateOwnerAsync(IPage page)
    {
        var link = _app.Log.Lines.Select(line => SetupLink().Match(line)).Single(match => match.Success).Value;
        await page.GotoAsync(link);
        await page.GetByLabel("E-mail address").FillAsync("owner@example.com");
        await page.GetByLabel("Password", new PageGetByLabelOptions { Exact = true }).FillAsync(Password);
        await page.GetByLabel("Password again").FillAsync(Password);
        await page.GetByRole(AriaRole.Button, Named("Create owner")).ClickAsync();
    }

    private async Task AddProviderAsync(IPage page)
    {
        await page.GetByRole(AriaRole.Radio, new PageGetByRoleOptions { Name = "OpenAI-compatible" }).CheckAsync();
        await page.GetByLabel("Base URL").FillAsync(_provider.BaseUrl.ToString());
        await page.GetByRole(AriaRole.Textbox, Named("API key")).FillAsync("sk-upstream-0123456789");
        await page.GetByRole(AriaRole.Button, Named("Test connection")).ClickAsync();
        await Expect(page.Locator("#probe")).ToHaveClassAsync(NoticeOk());
        await page.GetByLabel("Model to publish").FillAsync("m");
        await page.GetByLabel("Price of input").FillAsync("1");
        await page.GetByLabel("Price of output").FillAsync("2");
        await page.GetByRole(AriaRole.Button, Named("Continue")).ClickAsync();
    }

    private static async Task<string> CreateKeyAsync(IPage page)
    {
        await page.GetByRole(AriaRole.Button, Named("Create key")).ClickAsync();
        var key = await page.Locator("#key").InnerTextAsync();
        key.ShouldMatch("^llmc_live_[0-9A-Za-z]{38}$");
        await page.GetByRole(AriaRole.Button, Named("Continue")).ClickAsync();
        return key;
    }

    /// <summary>Runs the command that the page shows, as it stands there; the page turns green by itself.</summary>
    private static async Task SendFirstRequestAsync(IPage page)
    {
        var command = await page.Locator("#curl").InnerTextAsync();
        var start = new ProcessStartInfo("bash", ["-c", command]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var curl = Process.Start(start)!;
        (await curl.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).ShouldContain("data: [DONE]");
        await Expect(page.Locator("#first-call .notice")).ToHaveClassAsync(NoticeOk());
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Open the chat" }).ClickAsync();
    }

    /// <summary>The provider writes the second half only once the first is on the page: an answer that appears whole is no stream.</summary>
    private async Task ChatAsync(IPage page)
    {
        _provider.Next(Play.Stream(Sse.Role(), Sse.Delta("It **streams"), _secondHalf.Task, Sse.Delta("** in."), Sse.Finish(), Sse.Usage(1_000, 500), Sse.Done));
        await page.GetByLabel("Model").SelectOptionAsync("m");
        var message = page.GetByLabel("Message", new PageGetByLabelOptions { Exact = true });
        await message.FillAsync("Does it stream?");
        await page.GetByRole(AriaRole.Button, Named("Send")).ClickAsync();

        await Expect(page.Locator(".question")).ToHaveTextAsync(new Regex("Does it stream\\?"));
        await Expect(page.Locator(".answer")).ToContainTextAsync("streams");
        await Expect(page.GetByRole(AriaRole.Button, Named("Stop"))).ToBeVisibleAsync();
        _secondHalf.SetResult();
        await Expect(page.Locator(".answer strong")).ToHaveTextAsync("streams");
        await Expect(page.Locator(".answer-footer")).ToContainTextAsync("1,000 in, 500 out");
        await Expect(page.Locator(".answer-footer")).ToContainTextAsync("$0.002");
    }

    private static async Task FindTheCallsAsync(IPage page)
    {
        await page.GotoAsync("/admin");
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Requests", Exact = true }).ClickAsync();

        // The overview has a table of calls, too.
        await Expect(page.Locator("h1")).ToHaveTextAsync("Requests");
        var rows = page.GetByRole(AriaRole.Region, new PageGetByRoleOptions { Name = "Calls" }).Locator("tbody tr");
        await Expect(rows).ToHaveCountAsync(2);
        await Expect(rows.First).ToContainTextAsync("200 answered");
        await Expect(rows.First).ToContainTextAsync("$0.002");
        await rows.First.ClickAsync();
        await Expect(page.Locator(".formula")).ToContainTextAsync("0.002");
    }

    private static async Task KeyIsNowhereAsync(IPage page, string key)
    {
        await page.GotoAsync("/admin/keys");
        await Expect(page.GetByText(key[^4..]).First).ToBeVisibleAsync();
        (await page.ContentAsync()).ShouldNotContain(key);
    }

    private static PageGetByRoleOptions Named(string name) => new() { Name = name, Exact = true };

    [GeneratedRegex(@"http://\S+/setup\?token=\S+?(?=\s|$)")]
    private static partial Regex SetupLink();

    [GeneratedRegex(@"\bnotice-ok\b")]
    private static partial Regex NoticeOk();
}
