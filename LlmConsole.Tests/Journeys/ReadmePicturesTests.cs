using LlmConsole.Core.Metering;
using LlmConsole.Tests.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LlmConsole.Tests.Journeys;

/// <summary>What the README shows is there. With <c>LLMCONSOLE_PICTURES=docs/images</c>, its pictures are taken anew.</summary>
public sealed class ReadmePicturesTests(FilledApp filled) : IClassFixture<FilledApp>
{
    private const int Width = 1440;

    private const string Answer = """
        Three rules decide it:

        | Bought | Opened | What we do |
        | --- | --- | --- |
        | up to 30 days ago | no | refund in full |
        | up to 30 days ago | yes | refund, less **15 %** |
        | earlier | | repair or credit |

        For an order in JSON, the check is short:

        ```python
        def refund(order, today):
            if (today - order.bought).days > 30:
                return 0
            return order.price * (0.85 if order.opened else 1)
        ```

        Shipping is never refunded.
        """;

    [Fact]
    public async Task Overview_Filled_ShowsFiguresAndCharts()
    {
        await using var browser = await filled.SignInAsync("light", Width);
        await browser.WalkAsync(async page =>
        {
            await page.GotoAsync("/admin?range=24h");
            await Expect(page.Locator(".tile")).ToHaveCountAsync(9);
            await Expect(page.Locator(".chart-line:not(.sparkline *)")).ToHaveCountAsync(15);
            await Expect(page.Locator(".chart-mark-trouble").First).ToBeAttachedAsync();
            await Pictures.TakeAsync(page, "overview");
        });
    }

    [Fact]
    public async Task Requests_Filled_ShowOneCallInFullBesideTheOthers()
    {
        var retried = (await filled.App.RecordsAsync()).Where(record => record is { Attempts: 2, Outcome: Outcome.Answered }).MaxBy(record => record.StartedAt)!;
        await using var browser = await filled.SignInAsync("dark", Width);
        await browser.WalkAsync(async page =>
        {
            await page.OpenAsync("/admin/requests");
            await page.Locator($"tr[data-row='{retried.RequestId}']").ClickAsync();
            await Expect(page.Locator(".steps")).ToContainTextAsync("Retried");
            await Expect(page.Locator(".side-drawer .formula")).ToContainTextAsync("$");
            await Pictures.TakeAsync(page, "requests");
        });
    }

    [Fact]
    public async Task Chat_Answered_ShowsTableCodeAndCost()
    {
        filled.Provider.Next(Play.Stream(Sse.Role(), Sse.Delta(Answer), Sse.Finish(), Sse.Usage(412, 168), Sse.Done));
        await using var browser = await filled.SignInAsync("light", Width);
        await browser.WalkAsync(async page =>
        {
            await page.OpenAsync("/chat");
            await page.GetByLabel("Model").SelectOptionAsync(SampleBooks.FastModel);
            var message = page.GetByLabel("Message", new PageGetByLabelOptions { Exact = true });
            await message.FillAsync("When do we refund an order?");
            await message.PressAsync("Enter");
            await Expect(page.Locator(".answer table tr")).ToHaveCountAsync(4);
            await Expect(page.Locator(".answer-footer")).ToContainTextAsync("412 in, 168 out");
            await Pictures.TakeAsync(page, "chat");
        });
    }

    /// <summary>Esc closes what is open before it stops an answer.</summary>
    [Fact]
    public async Task Chat_EscapeWithAMenuOpen_LeavesTheAnswerAlone()
    {
        var rest = new TaskCompletionSource();
        filled.Provider.Next(Play.Stream(Sse.Role(), Sse.Delta("One"), rest.Task, Sse.Delta(" two"), Sse.Finish(), Sse.Done));
        await using var browser = await filled.SignInAsync("light", Width);
        await browser.WalkAsync(async page =>
        {
            await page.OpenAsync("/chat");
            await page.GetByLabel("Model").SelectOptionAsync(SampleBooks.FastModel);
            var message = page.GetByLabel("Message", new PageGetByLabelOptions { Exact = true });
            await message.FillAsync("Count");
            await message.PressAsync("Enter");
            await Expect(page.Locator(".answer")).ToContainTextAsync("One");
            await page.Locator("summary[aria-label='Theme']").ClickAsync();

            await page.Keyboard.PressAsync("Escape");
            await Expect(page.Locator("details.menu[open]")).ToHaveCountAsync(0);
            rest.SetResult();

            await Expect(page.Locator(".answer")).ToContainTextAsync("One two");
        });
    }
}
