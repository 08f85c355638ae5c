using LlmConsole.Core;
using LlmConsole.Core.Caching.Semantic;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using LlmConsole.Tests.Caching;
using LlmConsole.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LlmConsole.Tests.Journeys;

/// <summary>What somebody does about the cache in a browser: tries a threshold, looks at an entry, and purges.</summary>
public sealed class CacheTests(FilledApp filled) : IClassFixture<FilledApp>
{
    private const string Question = "How do I sort a list in Python?";
    private const string Rephrased = "In Python, how can I sort a list?";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lab_ThresholdMovedByKeyboard_ChangesWhatWouldBeAnsweredAndIsApplied()
    {
        var tenant = filled.App.Tenant("Acme");
        await CollectAsync(tenant);
        await using var browser = await filled.SignInAsync("light", 1440);

        await browser.WalkAsync(async page =>
        {
            await page.OpenAsync($"/admin/cache/lab?tenant={tenant.Id}");
            var (answered, border) = (page.Locator(".tile-value").First, page.Locator("[data-border]"));
            await Expect(answered).ToHaveTextAsync("50 %");
            await Expect(border).ToContainTextAsync("11 within 0.05");
            await Pictures.TakeAsync(page, "cache-lab-light-1440");

            var slider = page.Locator("[name=threshold]");
            await slider.FocusAsync();
            for (var step = 0; step < 10; step++) await page.Keyboard.PressAsync("ArrowRight");
            await Expect(answered).ToHaveTextAsync("25 %");
            await Expect(page.Locator(".lab-threshold strong")).ToHaveTextAsync("0.90");
            await Expect(page.Locator(".pair").First).ToContainTextAsync("Answered before");
            filled.App.Configuration.CallerOf(tenant.Id)!.Cache.Semantic.Threshold.ShouldBe(0.8, "nothing is saved yet");

            await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Apply 0.90" }).ClickAsync();
            await Expect(page.Locator(".notice")).ToContainTextAsync("Applied 0.90.");
            filled.App.Configuration.CallerOf(tenant.Id)!.Cache.Semantic.Threshold.ShouldBe(0.9);
            await FitsAPhoneAsync(page, "cache-lab-light-375");
        });

        browser.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task Purge_ByTheNameOfItsTenant_MakesTheNextCallAMiss()
    {
        await using var model = await CachedModel.PublishAsync(filled.App, CachedModel.Exact with { Semantic = new SemanticCachePolicy { Enabled = true } });
        using var first = await model.PostAsync(model.Ask("", Question));
        using var alike = await model.PostAsync(model.Ask("", Rephrased));
        using var hit = await model.PostAsync(model.Ask("", Question));
        await filled.App.IdleAsync();
        await using var browser = await filled.SignInAsync("dark", 1440);

        await browser.WalkAsync(async page =>
        {
            await page.OpenAsync($"/admin/cache/entries?tenant={filled.App.Tenant(model.Name).Id}");
            await page.Locator(".row-name").First.ClickAsync();
            await Expect(page.Locator(".side-drawer")).ToContainTextAsync(Question);
            await Expect(page.Locator(".side-drawer")).ToContainTextAsync(Rephrased);
            await Pictures.TakeAsync(page, "cache-entry-dark-1440");

            await FitsAPhoneAsync(page, "cache-entry-dark-375");
            await page.OpenAsync("/admin/cache");
            await Pictures.TakeAsync(page, "cache-dark-1440");
            await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Purge", Exact = true }).ClickAsync();
            var dialog = page.GetByRole(AriaRole.Dialog);
            await dialog.GetByLabel("Purge the answers").SelectOptionAsync(new SelectOptionValue { Label = $"of tenant {model.Name}" });
            await Expect(dialog.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Purge", Exact = true })).ToBeDisabledAsync();
            await dialog.GetByLabel($"Type {model.Name} to purge").FillAsync(model.Name);
            await dialog.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Purge", Exact = true }).ClickAsync();
            await Expect(page.Locator(".notice")).ToContainTextAsync($"Purged the answers of {model.Name}: 1 left this instance's memory.");
            await Expect(page.Locator("[data-homes]")).ToContainTextAsync("keeps 0 answers");
            await Expect(page.Locator("[data-homes]")).ToContainTextAsync("and 0 messages");
            await FitsAPhoneAsync(page, "cache-dark-375");
        });

        using var next = await model.PostAsync(model.Ask("", Question));
        (first.Verdict(), alike.Verdict(), hit.Verdict(), next.Verdict()).ShouldBe(("miss", "semantic", "exact", "miss"));
        browser.Complaints.ShouldBeEmpty();
    }

    private static async Task FitsAPhoneAsync(IPage page, string picture)
    {
        await page.SetViewportSizeAsync(375, 812);
        await Pictures.TakeAsync(page, picture);
        (await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(375);
        await page.SetViewportSizeAsync(1440, 900);
    }

    /// <summary>Forty pairs from 0.60 to 0.99; every second one is labelled right, those below 0.7 wrong.</summary>
    private async Task CollectAsync(Tenant tenant)
    {
        await using var db = await filled.App.Services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>().CreateDbContextAsync(Cancel);
        var now = filled.App.Services.GetRequiredService<TimeProvider>().GetUtcNow();
        for (var i = 0; i < 40; i++)
        {
            db.Add(new CachePair
            {
                Id = $"pair_journey_{i}", TenantId = tenant.Id, At = now.AddMinutes(-i), RequestId = $"req_{i}", Model = SampleBooks.FastModel, Embedder = "lexical-1",
                Prompt = $"In Python, how can I sort list {i}?", NearPrompt = $"How do I sort list {i} in Python?", Similarity = (60 + i) / 100.0, Answer = "Use sorted().", NearAnswer = "Use sorted, or list.sort.",
                AnswerSimilarity = 0.7, Cost = new Usd(210_000), IsRight = i % 2 == 0 ? i >= 10 : null,
            });
        }

        await db.SaveChangesAsync(Cancel);
    }
}
