using System.Net;
using System.Text;
using System.Text.Json;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Api;

/// <summary>Budgets over real HTTP: what a caller is given, told and charged.</summary>
public sealed class BudgetTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    private readonly RunningApp _app = fixture.App;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Complete_ABudgetThatAffordsLess_ShortensTheAnswer()
    {
        // The simulator costs $0.10 and $0.40 a million: 100 output tokens are 40,000 nano-dollars, and the prompt takes a little.
        var (tenant, key) = await TenantAsync(Usd(60_000));

        using var answer = await AskAsync(key, """{"model":"simulator/lorem-500-0-0","max_tokens":5000,"messages":[{"role":"user","content":"hi"}]}""");

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancel));
        var words = body.RootElement.GetProperty("usage").GetProperty("completion_tokens").GetInt64();
        words.ShouldBeInRange(100, 150);
        body.RootElement.GetProperty("choices")[0].GetProperty("finish_reason").GetString().ShouldBe("length");
        (await SpentAsync(tenant)).Nanos.ShouldBeLessThanOrEqualTo(60_000);
    }

    [Fact]
    public async Task Complete_ABudgetThatIsUsedUp_RefusesBeforeTheProviderSeesIt()
    {
        var (tenant, key) = await TenantAsync(Usd(1_000));

        using var answer = await AskAsync(key, """{"model":"simulator/lorem-500-0-0","messages":[{"role":"user","content":"hi"}]}""");

        answer.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        answer.Headers.GetValues("x-should-retry").ShouldBe(["false"]);
        answer.Headers.RetryAfter!.Delta!.Value.ShouldBeGreaterThan(TimeSpan.Zero);
        var error = await answer.Content.ReadAsStringAsync(Cancel);
        error.ShouldContain("\"insufficient_quota\"");
        error.ShouldContain("$0.000001 left of its $0.000001 a month");
        var record = (await _app.RecordsAsync(new UsageFilter { TenantId = tenant.Id })).ShouldHaveSingleItem();
        (record.Outcome, record.Attempts, record.Cost).ShouldBe((Outcome.Refused, 0, LlmConsole.Core.Usd.Zero));
    }

    [Fact]
    public async Task Complete_ManyAtOnceOnANearlySpentBudget_NeverOverspends()
    {
        var (tenant, key) = await TenantAsync(Usd(200_000));
        var client = _app.Client(key);

        var statuses = await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
        {
            using var answer = await AskAsync(key, $$"""{"model":"simulator/lorem-50-0-0","stream":{{(i % 2 == 0 ? "true" : "false")}},"max_tokens":50,"messages":[{"role":"user","content":"hi {{i}}"}]}""", client);
            await answer.Content.ReadAsStringAsync(Cancel);
            return answer.StatusCode;
        }));

        statuses.ShouldAllBe(status => status == HttpStatusCode.OK || status == HttpStatusCode.TooManyRequests);
        var spent = await SpentAsync(tenant);
        spent.Nanos.ShouldBeLessThanOrEqualTo(200_000);
        spent.Nanos.ShouldBeGreaterThan(100_000);
        (await UsageAsync(key)).ShouldBe((spent.Dollars, 0m));
    }

    [Fact]
    public async Task Usage_AfterARestart_StillKnowsWhatWasSpent()
    {
        var directory = Directory.CreateTempSubdirectory("llmconsole-").FullName;
        try
        {
            string key;
            decimal before;
            await using (var first = await RunningApp.StartAsync(null, directory))
            {
                (_, key) = await TenantAsync(first, Usd(1_000_000));
                using var answer = await AskAsync(key, """{"model":"simulator/lorem-50-0-0","messages":[{"role":"user","content":"hi"}]}""", first.Client(key));
                answer.EnsureSuccessStatusCode();
                before = (await UsageAsync(key, first)).Spent;
            }

            await using var second = await RunningApp.StartAsync(null, directory);
            before.ShouldBeGreaterThan(0);
            (await UsageAsync(key, second)).ShouldBe((before, 0m));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task Usage_OfAKeyWithItsOwnBudget_ShowsBothScopes()
    {
        var (tenant, _) = await TenantAsync(Usd(1_000_000));
        var key = await _app.IssueKeyAsync(tenant.Name, own => own with { Quotas = [new Quota { Unit = QuotaUnit.Requests, Period = QuotaPeriod.Day, Limit = 1 }] });
        (await AskAsync(key, Hello)).EnsureSuccessStatusCode();

        (await AskAsync(key, Hello)).StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);

        using var usage = JsonDocument.Parse(await _app.Client(key).GetStringAsync(new Uri("/v1/usage", UriKind.Relative), Cancel));
        usage.RootElement.GetProperty("quotas").EnumerateArray().Select(quota => (quota.GetProperty("scope").GetString(), quota.GetProperty("unit").GetString(), quota.GetProperty("remaining").GetDecimal() > 0))
            .ShouldBe([("tenant", "usd", true), ("key", "requests", false)]);
    }

    [Fact]
    public async Task Complete_AKeyBoundToAnotherAddress_IsRefused()
    {
        var bound = await _app.IssueKeyAsync(with: key => key with { IpAllow = ["203.0.113.0/24"] });
        var here = await _app.IssueKeyAsync(with: key => key with { IpAllow = ["203.0.113.0/24", "127.0.0.1"] });

        (await AskAsync(bound, Hello)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await AskAsync(here, Hello)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private const string Hello = """{"model":"simulator/echo","messages":[{"role":"user","content":"hi"}]}""";

    private static Quota Usd(long nanos) => new() { Unit = QuotaUnit.Usd, Period = QuotaPeriod.Month, Limit = nanos };

    private Task<(Tenant Tenant, string Key)> TenantAsync(Quota quota) => TenantAsync(_app, quota);

    private static async Task<(Tenant Tenant, string Key)> TenantAsync(RunningApp app, Quota quota)
    {
        var tier = await app.CreateTierAsync($"Tier {Guid.NewGuid():N}", tier => tier with { Quotas = [quota] });
        var tenant = await app.CreateTenantAsync($"Tenant {Guid.NewGuid():N}", tier.Name);
        return (tenant, await app.IssueKeyAsync(tenant.Name));
    }

    private Task<HttpResponseMessage> AskAsync(string key, string body, HttpClient? client = null) =>
        (client ?? _app.Client(key)).PostAsync(new Uri("/v1/chat/completions", UriKind.Relative), new StringContent(body, Encoding.UTF8, "application/json"), Cancel);

    private async Task<Usd> SpentAsync(Tenant tenant) =>
        (await _app.RecordsAsync(new UsageFilter { TenantId = tenant.Id })).Aggregate(LlmConsole.Core.Usd.Zero, (sum, record) => sum + record.Cost);

    private async Task<(decimal Spent, decimal Reserved)> UsageAsync(string key, RunningApp? app = null)
    {
        await (app ?? _app).IdleAsync();
        using var usage = JsonDocument.Parse(await (app ?? _app).Client(key).GetStringAsync(new Uri("/v1/usage", UriKind.Relative), Cancel));
        var quota = usage.RootElement.GetProperty("quotas")[0];
        return (quota.GetProperty("spent").GetDecimal(), quota.GetProperty("reserved").GetDecimal());
    }
}
