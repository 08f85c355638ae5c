using LlmConsole.Core;
using LlmConsole.Core.Metering;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LlmConsole.Tests.Journeys;

/// <summary>Following the requests while reading them, and coming back to a view, in a browser.</summary>
public sealed class TailTests(FilledApp filled) : IClassFixture<FilledApp>
{
    [Fact]
    public async Task Tail_WhileReadingFurtherDown_NeverMovesTheView()
    {
        await using var browser = await filled.SignInAsync("light", 1440);
        var row = browser.Page.Locator("tbody tr").Nth(30);

        await browser.WalkAsync(async page =>
        {
            await page.OpenAsync("/admin/requests?task=support");
            await Button(page, "Live tail").ClickAsync();
            await Expect(page.Locator(".toolbar .status-ok")).ToHaveTextAsync("Live");
            await row.ScrollIntoViewIfNeededAsync();
            await page.Mouse.WheelAsync(0, 200);
            await page.WaitForFunctionAsync("() => scrollY > 100");
            var (text, place) = (await row.InnerTextAsync(), await row.BoundingBoxAsync());

            await CallAsync(20);
            await Expect(page.Locator(".tail-pill")).ToHaveTextAsync("20 new");
            (await row.BoundingBoxAsync())!.Y.ShouldBe(place!.Y, 0.5f);
            (await row.InnerTextAsync())[..40].ShouldBe(text[..40]);
            await Pictures.TakeAsync(page, "tail");

            await Button(page, "Pause the tail").ClickAsync();
            await CallAsync(5);
            await Button(page, "Resume the tail").ClickAsync();
            await Expect(page.Locator(".tail-pill")).ToHaveTextAsync("25 new");
            await page.Locator(".tail-pill button").First.ClickAsync();
            await Expect(page.Locator("tbody tr")).ToHaveCountAsync(75);
            await page.WaitForFunctionAsync("() => scrollY < 8");

            // At the top of the list there is nothing to be moved away from: what is new appears.
            await CallAsync(2);
            await Expect(page.Locator("tbody tr")).ToHaveCountAsync(77);
        });

        browser.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task View_Saved_IsThereInAnotherBrowserOfTheSameUser()
    {
        await using (var browser = await filled.SignInAsync("light", 1440))
        {
            await browser.WalkAsync(async page =>
            {
                await page.OpenAsync("/admin/requests?status=429&columns=time,model,status");
                await page.GetByLabel("Saved views").ClickAsync();
                await page.GetByLabel("Name of the view").FillAsync("Refused");
                await page.Keyboard.PressAsync("Enter");
                await Expect(page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Refused" })).ToBeVisibleAsync();
                await Pictures.TakeAsync(page, "views");
            });
        }

        await using var other = await filled.SignInAsync("dark", 375);
        await other.WalkAsync(async page =>
        {
            await page.OpenAsync("/admin/requests");
            await page.GetByLabel("Saved views").ClickAsync();
            await Pictures.TakeAsync(page, "views-phone");
            await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Refused" }).ClickAsync();
            await Expect(page.Locator("thead th")).ToHaveCountAsync(3);
            await Expect(page.Locator("select[aria-label=Status]")).ToHaveValueAsync("429");

            await page.GetByLabel("Saved views").ClickAsync();
            await page.GetByLabel("Delete the view Refused").ClickAsync();
            await Expect(page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Refused" })).ToHaveCountAsync(0);
        });
    }

    /// <summary>On a phone the table is wider than the screen and scrolls in its frame, both ways.</summary>
    [Theory]
    [InlineData(1440, "() => scrollY > 400")]
    [InlineData(375, "() => document.querySelector('.table-frame').scrollTop > 400")]
    public async Task Head_OfAListScrolledPast_StaysInSight(int width, string isPast)
    {
        await using var browser = await filled.SignInAsync("light", width);
        var (head, bar) = (browser.Page.Locator("thead th").First, browser.Page.Locator(".topbar"));

        await browser.WalkAsync(async page =>
        {
            await page.OpenAsync("/admin/requests");
            await Expect(page.Locator(".table-frame[data-table]")).ToBeAttachedAsync();
            await page.EvaluateAsync("() => document.querySelector('.table-frame').scrollIntoView()");
            await page.Mouse.MoveAsync(width / 2, 500);
            await page.Mouse.WheelAsync(0, 500);
            await page.WaitForFunctionAsync(isPast);

            var (shown, lowest) = ((await head.BoundingBoxAsync())!, (await bar.BoundingBoxAsync())!);
            shown.Y.ShouldBeInRange(lowest.Y + lowest.Height - 1, 200);
            (await head.EvaluateAsync<bool>("head => { const { x, y } = head.getBoundingClientRect(); return document.elementFromPoint(x + 20, y + 10).closest('th') === head; }")).ShouldBeTrue();
            (await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth")).ShouldBe(width);
            await Pictures.TakeAsync(page, $"head-{width}");
        });
    }

    private async Task CallAsync(int calls)
    {
        var ledger = filled.App.Services.GetRequiredService<UsageLedger>();
        var time = filled.App.Services.GetRequiredService<TimeProvider>();
        var tenant = filled.App.Tenant("Acme").Id;
        await Task.WhenAll(Enumerable.Range(0, calls).Select(_ => ledger.RecordAsync(new UsageRecord
        {
            RequestId = Ids.New("req", time), StartedAt = time.GetUtcNow(), TenantId = tenant, Task = "support", ModelAsked = SampleBooks.FastModel, Outcome = Outcome.Refused, Status = 429, DurationMs = 3,
        })));
    }

    private static ILocator Button(IPage page, string name) => page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = name, Exact = true });
}
