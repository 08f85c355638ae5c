using System.Text;
using LlmConsole.Core.Bodies;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LlmConsole.Tests.Journeys;

/// <summary>Turning bodies on, looking at one, and asking it again, in a browser.</summary>
public sealed class BodiesTests(FilledApp filled) : IClassFixture<FilledApp>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Body_KeptOfACall_IsShownMaskedAuditedAndAskedAgain()
    {
        var tenant = filled.App.Tenant("Acme");
        var before = (await filled.App.RecordsAsync(new UsageFilter { TenantId = tenant.Id }))[^1];
        await using var browser = await filled.SignInAsync("light", 1440);

        await browser.WalkAsync(async page =>
        {
            await page.OpenAsync($"/admin/requests?call={before.RequestId}");
            await Expect(page.Locator(".side-drawer")).ToContainTextAsync("isn't kept for this tenant");
            await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Change the setting" }).ClickAsync();
            await Button(page, "Keep them").ClickAsync();
            await page.GetByRole(AriaRole.Switch, new PageGetByRoleOptions { Name = "Keep what is asked and answered" }).CheckAsync();
            await Pictures.TakeAsync(page, "bodies-dialog");
            await Button(page, "Save").ClickAsync();
            await Expect(page.Locator(".panel").First).ToContainTextAsync("kept for 7 days, with secrets, e-mail addresses and card numbers masked");

            var id = await CallAsync();
            await page.OpenAsync($"/admin/requests?call={id}");
            await Button(page, "Show request and answer").ClickAsync();
            await Expect(page.GetByLabel("Request", new PageGetByLabelOptions { Exact = true })).ToContainTextAsync("Write to [e-mail]");
            await Expect(page.GetByLabel("Answer", new PageGetByLabelOptions { Exact = true })).ToContainTextAsync("Hello.");
            await page.Locator(".side-drawer-body").EvaluateAsync("body => body.scrollTo(0, body.scrollHeight)");
            await Pictures.TakeAsync(page, "bodies-drawer");

            await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Open in playground" }).ClickAsync();
            await Expect(page.GetByLabel("Message 1", new PageGetByLabelOptions { Exact = true })).ToHaveValueAsync("Write to [e-mail]");
            await Expect(page.GetByLabel("System prompt")).ToHaveValueAsync("Be kind");
            await Expect(page.GetByLabel("Temperature")).ToHaveValueAsync("0.3");
            await Expect(page.GetByLabel("First model", new PageGetByLabelOptions { Exact = true })).ToHaveValueAsync(SampleBooks.FastModel);
            await Expect(page.Locator(".notice[role=status]")).ToContainTextAsync("That you looked stands in the audit log");

            var looks = await filled.App.Services.GetRequiredService<AuditQueries>().PageAsync(new AuditFilter { ObjectKind = KeptBodies.Kind, ObjectId = id }, 10, null, Cancellation);
            looks.Entries.Count.ShouldBe(2);
            looks.Entries.ShouldAllBe(entry => entry.Action == KeptBodies.View && entry.ActorName == FilledApp.Email);
        });

        browser.Complaints.ShouldBeEmpty();
    }

    private async Task<string> CallAsync()
    {
        using var client = filled.App.Client(await filled.App.IssueKeyAsync("Acme"));
        const string Body = $$"""{"model":"{{SampleBooks.FastModel}}","temperature":0.3,"messages":[{"role":"system","content":"Be kind"},{"role":"user","content":"Write to ada@example.com"}]}""";
        using var response = await client.PostAsync("/v1/chat/completions", new StringContent(Body, Encoding.UTF8, "application/json"), Cancellation);
        var id = response.Headers.GetValues("x-request-id").Single();
        var kept = filled.App.Services.GetRequiredService<KeptBodies>();
        while (await kept.FindAsync(id, Cancellation) is null) await Task.Yield();
        return id;
    }

    private static ILocator Button(IPage page, string name) => page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = name, Exact = true });
}
