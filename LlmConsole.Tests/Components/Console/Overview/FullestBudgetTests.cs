using LlmConsole.Components.Console.Budgets;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;
using LlmConsole.Core.Metering;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Components.Console.Overview;

public sealed class FullestBudgetTests : ConsoleContext
{
    [Fact]
    public async Task InDollars_OfMoreTenantsThanAreAskedAbout_IsTheFullestOfAll()
    {
        Quota[][] quotas =
        [
            [Budget(QuotaPeriod.Lifetime, 10)], [Budget(QuotaPeriod.Month, 3, "Asia/Kolkata"), Budget(QuotaPeriod.Day, 10) with { Unit = QuotaUnit.Tokens }], [Budget(QuotaPeriod.Day, 10)], [],
        ];
        var tenants = Enumerable.Range(0, FullestBudget.Most * 2).Select(i => new Tenant { Id = $"ten_{i:000}", Name = $"T{i}", TierId = DefaultTenant.TierId, Quotas = quotas[i % quotas.Length] }).ToList();
        await Services.GetRequiredService<ConfigurationEditor>().SaveAsync(Actor.System, _ => [.. tenants.Select(Change.Put)], Cancellation);
        foreach (var (tenant, dollars) in new[] { (90, 2), (3, 1_000), (97, 2), (96, 5) }) await RecordAsync($"ten_{tenant:000}", record => record with { Cost = Usd.FromDollars(dollars), PriceVersion = 1 });

        (await FullestAsync()).ShouldBe(("ten_097", 2_000_000_000));
        await RecordAsync("ten_098", record => record with { Cost = Usd.FromDollars(7), PriceVersion = 1 });
        (await FullestAsync()).ShouldBe(("ten_098", 7_000_000_000));
    }

    [Fact]
    public async Task InDollars_WithoutBudgets_IsNone() => (await FullestAsync()).ShouldBeNull();

    private async Task<(string, long)?> FullestAsync() =>
        await new FullestBudget(Services.GetRequiredService<Limiter>(), Services.GetRequiredService<UsageBreakdowns>(), Time).InDollarsAsync(Snapshot, Cancellation) is { } fullest ? (fullest.Tenant.Id, fullest.Standing.Spent) : null;

    private static Quota Budget(QuotaPeriod period, long dollars, string zone = "UTC") => new() { Unit = QuotaUnit.Usd, Period = period, Limit = Usd.FromDollars(dollars).Nanos, TimeZone = zone };
}
