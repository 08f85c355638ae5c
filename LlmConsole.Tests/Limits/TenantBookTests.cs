using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;

namespace LlmConsole.Tests.Limits;

/// <summary>What a book of limits keeps in memory, however many keys and users come by.</summary>
public sealed class TenantBookTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly string KeyText = KeyFormat.Generate(ApiKeyKind.Live);
    private readonly TenantBook _book = new();

    [Fact]
    public async Task Admit_OfEverNewKeys_ForgetsThoseThatAreIdle()
    {
        for (var i = 1; i < ScopeBooks.MostBeforeSweep; i++) await CallAsync($"key_{i}", second: 0);

        await CallAsync("key_late", SlidingWindow.Seconds + 1);

        _book.Scopes.ShouldBe(2);
    }

    [Fact]
    public async Task Admit_WithinAMinute_ForgetsNoKey()
    {
        for (var i = 0; i <= ScopeBooks.MostBeforeSweep; i++) await CallAsync($"key_{i}", second: 0);

        _book.Scopes.ShouldBe(ScopeBooks.MostBeforeSweep + 2);
    }

    [Fact]
    public async Task Admit_WhileACallIsNotSettled_KeepsItsBudget()
    {
        var plan = PlanOf("key_slow", Plans.Daily(QuotaUnit.Requests, 10));
        foreach (var (_, _, budget) in _book.Unknown(plan, Now, 0, out _)!) _book.Load(budget, budget.Start, 0);
        var slow = Admit(plan, 0);
        slow.Release();
        for (var i = 2; i < ScopeBooks.MostBeforeSweep; i++) await CallAsync($"key_{i}", second: 0);
        await CallAsync("key_late", SlidingWindow.Seconds + 1);

        await slow.SettleAsync(new Consumption(1, 0, Usd.Zero));

        _book.Scopes.ShouldBe(3);
        _book.Standings(plan, Now, 0).Single().Spent.ShouldBe(1);
    }

    private async Task CallAsync(string keyId, long second)
    {
        var admission = Admit(PlanOf(keyId), second);
        await admission.SettleAsync(new Consumption(1, 0, Usd.Zero));
    }

    private Admission Admit(LimitPlan plan, long second) =>
        _book.Admit(plan, new Demand { PromptTokens = 1, Choices = 1, InputPerMillion = Usd.Zero, OutputPerMillion = Usd.Zero }, Guid.NewGuid().ToString(), Now, second);

    private static LimitPlan PlanOf(string keyId, params Quota[] quotas) => LimitPlan.For(new Caller
    {
        Snapshot = ConfigurationSnapshot.Empty, Tier = new Tier { Id = "t", Name = "Small" }, Tenant = new Tenant { Id = "ten", Name = "Acme", TierId = "t" },
        Key = IssuedKey.Create(ApiKeyKind.Live, "many", "ten", TimeProvider.System, KeyText).Key with { Id = keyId, Limits = new LimitSet { RequestsPerMinute = 100 }, Quotas = quotas },
    });
}
