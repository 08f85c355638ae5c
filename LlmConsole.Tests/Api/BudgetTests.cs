using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using AngleSharp.Html.Parser;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Tests.Authentication;
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
    public async Task Usage_OfATenant_IsWhatItsPageShows()
    {
        await using var model = await ScriptedModel.PublishAsync(_app);
        var (tenant, over) = (_app.Tenant(model.Name), new TaskCompletionSource());
        await _app.PutAsync(tenant with { Quotas = [Usd(5_000_000), new Quota { Unit = QuotaUnit.Tokens, Period = QuotaPeriod.Day, Limit = 20_000, TimeZone = "Europe/Berlin" }] });
        model.Provider.Next(Play.Stream(Sse.Role(), Sse.Delta("Hi"), Sse.Finish(), Sse.Usage(1_234, 567), Sse.Done));
        (await model.PostAsync(model.Ask("\"stream\":true"))).Dispose();
        model.Provider.Next(Play.Stream(Sse.Role(), Sse.Delta("Hi"), over.Task, Sse.Finish(), Sse.Usage(1, 1), Sse.Done));
        using var underWay = await model.BeginAsync(model.Ask("\"stream\":true,\"max_tokens\":100"));

        using var usage = JsonDocument.Parse(await _app.Client(model.Key).GetStringAsync(new Uri("/v1/usage", UriKind.Relative), Cancel));
        var bars = await BarsAsync(tenant);
        over.SetResult();

        var quotas = usage.RootElement.GetProperty("quotas").EnumerateArray().ToList();
        quotas.Select(quota => quota.GetProperty("spent").GetDecimal()).ShouldBe([0.002368m, 1_801m]);
        quotas.ShouldAllBe(quota => quota.GetProperty("reserved").GetDecimal() > 0);
        bars.Count.ShouldBe(2);
        foreach (var (quota, bar) in quotas.Zip(bars)) bar.ShouldBe(Expected(quota));
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

    /// <summary>The words of each budget's bar on the tenant's page, as a reader in India gets them.</summary>
    private async Task<IReadOnlyList<string>> BarsAsync(Tenant tenant)
    {
        await BrowserSession.CreateOwnerAsync(_app);
        using var session = new BrowserSession(_app);
        session.Cookies.Add(new Cookie("zone", "Asia/Kolkata", "/", _app.BaseAddress.Host));
        (await session.SignInAsync("owner@example.com")).Dispose();
        var page = new HtmlParser().ParseDocument(await session.Client.GetStringAsync(new Uri($"/admin/tenants/{tenant.Id}", UriKind.Relative), Cancel));
        return [.. page.QuerySelectorAll(".spends .spend").Select(bar => Regex.Replace(string.Join(' ', bar.TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), "Resets [^:]*:", "Resets:"))];
    }

    /// <summary>Spent, limit, share, reserved, what is left, and the moment of the reset in both zones; how far away that is moves on.</summary>
    private static string Expected(JsonElement quota)
    {
        var (spent, limit, isMoney) = (quota.GetProperty("spent").GetDecimal(), quota.GetProperty("limit").GetDecimal(), quota.GetProperty("unit").GetString() == "usd");
        var reset = quota.GetProperty("resets_at").GetDateTimeOffset();
        var percent = Math.Floor(1000 * spent / limit) / 10;
        return $"{Amount(spent)} of {Amount(limit)} a {quota.GetProperty("period").GetString()}{(isMoney ? "" : $" in {quota.GetProperty("time_zone").GetString()}")} {percent:0.#} %{Amount(quota.GetProperty("reserved").GetDecimal())} reserved, {Amount(quota.GetProperty("remaining").GetDecimal())} left"
            + $" Resets: {reset.UtcDateTime:d MMM HH:mm} UTC, {reset.ToOffset(TimeSpan.FromHours(5.5)):d MMM HH:mm} your time";

        string Amount(decimal amount) => isMoney ? LlmConsole.Core.Usd.FromDollars(amount).ToString() : $"{amount:N0} tokens";
    }
}
