using Bunit;
using LlmConsole.Components.Console.Tenants;
using LlmConsole.Core.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Components.Console;

public sealed class TenantsPageTests : ConsoleContext
{
    private static readonly Quota Budget = new() { Unit = QuotaUnit.Requests, Period = QuotaPeriod.Day, Limit = 10 };

    [Fact]
    public async Task Tenant_CreatedWhileThePageIsOpen_ShowsItsBudget()
    {
        var page = Render<TenantsPage>();

        await AddAsync("Acme");

        page.WaitForAssertion(() => Row(page, "Acme").QuerySelector("[role=meter]").ShouldNotBeNull());
        Row(page, Seed.DefaultName).TextContent.ShouldContain("no budget");
    }

    [Fact]
    public async Task Open_WithMoreTenantsThanFit_ShowsTheFirstAndFindsTheOthersWithTheirBudgets()
    {
        await AddAsync([.. Enumerable.Range(0, TenantsPage.Most).Select(i => $"Customer {i:000}"), "Zebra"]);
        var page = Render<TenantsPage>();
        page.FindAll("tbody tr").Count.ShouldBe(TenantsPage.Most);
        page.Find("p.muted").TextContent.ShouldContain("202 tenants, the first 200");

        page.Find("input[type=search]").Input("zebra");

        page.WaitForAssertion(() => page.FindAll("tbody tr").ShouldHaveSingleItem().QuerySelector("[role=meter]").ShouldNotBeNull());
        page.Find("input[type=search]").Input("nobody");
        page.Find(".empty-state button").Click();
        page.WaitForAssertion(() => page.FindAll("tbody [role=meter]").Count.ShouldBe(TenantsPage.Most));
    }

    private Task<ConfigurationSnapshot> AddAsync(params string[] names) => Services.GetRequiredService<ConfigurationEditor>().SaveAsync(Actor.System, _ =>
        [.. names.Select((name, i) => Change.Put(new Tenant { Id = $"ten_{i}", Name = name, TierId = DefaultTenant.TierId, Quotas = [Budget], CreatedAt = Time.GetUtcNow() }))], Cancellation);

    private static AngleSharp.Dom.IElement Row(IRenderedComponent<TenantsPage> page, string name) => page.FindAll("tbody tr").Single(row => row.QuerySelector("a.name")!.TextContent == name);
}
