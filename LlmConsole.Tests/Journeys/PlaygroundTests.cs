using LlmConsole.Components.Console.Playground;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Tests.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LlmConsole.Tests.Journeys;

/// <summary>The playground in a browser, with the real gateway and a scripted provider behind it.</summary>
public sealed class PlaygroundTests(FilledApp filled) : IClassFixture<FilledApp>
{
    private const string OtherModel = "llama-3.3-70b-instruct";

    [Fact]
    public async Task Run_OnTwoModels_ShowsBothAnswersAsTheyStandInTheBooks()
    {
        var tenant = filled.App.Tenant("Acme");
        await using var browser = await filled.SignInAsync("dark", 1440);

        await browser.WalkAsync(async page =>
        {
            await page.OpenAsync($"/admin/playground?tenant={tenant.Id}&a={SampleBooks.FastModel}&b={OtherModel}");
            await page.GetByLabel("System prompt").FillAsync("Be brief.");
            await page.GetByLabel("Temperature").FillAsync("0.2");
            await page.GetByLabel("Message 1", Exact).FillAsync("Say hello");
            await page.Keyboard.PressAsync("Control+Enter");

            foreach (var column in new[] { Column(page, "first"), Column(page, "second") })
            {
                await Expect(column.Locator(".md")).ToHaveTextAsync("Hello.");
                await Expect(column.Locator(".figures")).ToContainTextAsync("5 in, 2 out");
            }

            await Pictures.TakeAsync(page, "playground");
            var first = Column(page, "first");
            await first.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Request", Exact = true }).ClickAsync();
            await Expect(first.GetByLabel("Raw request")).ToContainTextAsync("\"temperature\": 0.2");
            await first.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Response", Exact = true }).ClickAsync();
            await Expect(first.GetByLabel("Raw response")).ToContainTextAsync("data: [DONE]");
            await first.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Code", Exact = true }).ClickAsync();
            await first.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Python", Exact = true }).ClickAsync();
            await Expect(first.Locator(".snippet")).ToContainTextAsync($"{filled.App.BaseAddress.ToString().TrimEnd('/')}/v1/chat/completions");
        });

        var records = await filled.App.RecordsAsync(new UsageFilter { Task = PlaygroundCalls.Task, TenantId = tenant.Id });
        records.Select(record => record.ModelAsked).ShouldBe([SampleBooks.FastModel, OtherModel], ignoreOrder: true);
        records.ShouldAllBe(record => record.Outcome == Outcome.Answered && record.UserId != null && record.Cost.Nanos > 0);
        filled.Provider.Requests[^1].Json.GetProperty("messages")[0].GetProperty("content").GetString().ShouldBe("Be brief.");
        browser.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task Run_WithTheCacheAndAroundIt_MarksWhereTheAnswerCameFrom()
    {
        var tenant = await filled.App.CreateTenantAsync("Cached", "Business");
        await filled.App.PutAsync(tenant with { Cache = new CachePolicy { Exact = new ExactCachePolicy { Enabled = true } } });
        await using var browser = await filled.SignInAsync("light", 1440);

        await browser.WalkAsync(async page =>
        {
            await page.OpenAsync($"/admin/playground?tenant={tenant.Id}&a={SampleBooks.FastModel}&b=");
            await page.GetByLabel("Message 1", Exact).FillAsync("Say hello");
            var figures = Column(page, "first").Locator(".figures");
            await RunAsync(page);
            await Expect(figures).ToContainTextAsync("Cache miss");

            await RunAsync(page);
            await Expect(figures).ToContainTextAsync("From the cache, saved $0.00000195");
            await Expect(figures.Locator(".status-cached")).ToBeVisibleAsync();

            await page.GetByLabel("Cache", Exact).SelectOptionAsync("Bypass");
            await RunAsync(page);
            await Expect(figures).ToContainTextAsync("Cache miss: bypassed");
        });

        (await filled.App.RecordsAsync(new UsageFilter { TenantId = tenant.Id })).Select(record => record.Cache).ShouldBe([CacheVerdict.Miss, CacheVerdict.Exact, CacheVerdict.Bypass]);
    }

    [Fact]
    public async Task Open_FromACall_FillsInItsTenantAndModelAndSaysWhatIsRefused()
    {
        var call = (await filled.App.RecordsAsync(new UsageFilter { TenantId = filled.App.Tenant("Globex").Id }))[0];
        await filled.App.PutAsync(filled.App.Tenant("Globex") with { Status = TenantStatus.Suspended });
        await using var browser = await filled.SignInAsync("light", 1440);

        await browser.WalkAsync(async page =>
        {
            await page.OpenAsync($"/admin/requests?call={call.RequestId}");
            await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Open in playground" }).ClickAsync();
            await Expect(page.Locator("h1")).ToHaveTextAsync("Playground");
            await Expect(page.GetByLabel("Tenant", Exact)).ToHaveValueAsync(call.TenantId);
            await Expect(page.GetByLabel("First model", Exact)).ToHaveValueAsync(call.ModelAsked);

            await RunAsync(page);
            await Expect(page.Locator(".error-text").First).ToHaveTextAsync("Write a message.");
            await page.GetByLabel("Message 1", Exact).FillAsync("Say hello");
            await RunAsync(page);
            await Expect(Column(page, "first").GetByRole(AriaRole.Alert)).ToContainTextAsync("Globex is suspended");
        });

        await filled.App.PutAsync(filled.App.Tenant("Globex") with { Status = TenantStatus.Active });
    }

    private static PageGetByLabelOptions Exact { get; } = new() { Exact = true };

    private static ILocator Column(IPage page, string which) => page.GetByLabel($"Answer of the {which} model");

    private static Task RunAsync(IPage page) => page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Run", Exact = true }).ClickAsync();
}
