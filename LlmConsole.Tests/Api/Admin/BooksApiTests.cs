using System.Net;
using System.Net.Http.Json;
using LlmConsole.Api.Admin;
using LlmConsole.Core;
using LlmConsole.Core.Metering;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Api.Admin;

/// <summary>The requests and the audit log, which are read and never written.</summary>
public sealed class BooksApiTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    private RunningApp App => fixture.App;

    [Fact]
    public async Task Requests_AfterCalls_AreListedNewestFirstAndFiltered()
    {
        var admin = await AdminClient.OfAsync(App);
        var key = await App.IssueKeyAsync();
        var ids = new List<string>();
        for (var i = 0; i < 3; i++) ids.Insert(0, await CallAsync(key, "simulator/echo"));
        ids.Insert(0, await CallAsync(key, "no-such-model"));
        await App.IdleAsync();
        var mine = $"key={App.KeyOf(key).Id}";

        (await admin.GetAsync($"requests?{mine}")).Expect(HttpStatusCode.OK).Ids.ShouldBe(ids);
        (await admin.GetAsync($"requests?{mine}&outcome=refused&tenant=Default")).Ids.ShouldBe(ids[..1]);
        (await admin.GetAsync($"requests?{mine}&model=simulator/echo")).Ids.ShouldBe(ids[1..]);
        (await admin.GetAsync($"requests?{mine}&to=2001-01-01")).Ids.ShouldBeEmpty();
        (await admin.GetAsync($"requests?{mine}&from=2001-01-01")).Ids.ShouldBe(ids);

        var first = await admin.GetAsync($"requests?{mine}&limit=3");
        first["has_more"].GetBoolean().ShouldBeTrue();
        (await admin.GetAsync($"requests?{mine}&limit=3&after={first["next"].GetString()}")).Ids.ShouldBe(ids[3..]);
    }

    [Fact]
    public async Task Export_OfFilteredCalls_IsTheWholeSetWithoutFormulasAndAudited()
    {
        var admin = await AdminClient.OfAsync(App);
        var tenant = await App.CreateTenantAsync($"=cmd|'{Guid.NewGuid():N}'");
        var ledger = App.Services.GetRequiredService<UsageLedger>();
        await Task.WhenAll(Enumerable.Range(0, RequestCsv.PageSize + 7).Select(i => ledger.RecordAsync(new UsageRecord
        {
            RequestId = $"req_{tenant.Id}_{i}", StartedAt = DateTimeOffset.UnixEpoch.AddMilliseconds(i), TenantId = tenant.Id, ModelAsked = "a,\"b\"", Task = "+1 😀", Outcome = i % 2 == 0 ? Outcome.Answered : Outcome.Refused,
            Status = i % 2 == 0 ? 200 : 429, Cost = new Usd(i), DurationMs = i,
        })));
        var filter = new UsageFilter { TenantId = tenant.Id, Outcome = Outcome.Refused };

        var csv = (await admin.GetAsync($"requests.csv?tenant={tenant.Id}&outcome=refused")).Expect(HttpStatusCode.OK).Text;

        var lines = csv.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        lines[0].ShouldBe(RequestCsv.Header);
        var (facets, calls) = (App.Services.GetRequiredService<UsageFacets>(), await App.Services.GetRequiredService<UsageQueries>().PageAsync(filter, RequestCsv.PageSize, null, TestContext.Current.CancellationToken));
        var counted = await facets.OfAsync(filter, null, TestContext.Current.CancellationToken);
        (lines.Length - 1).ShouldBe(counted.Matching);
        (await facets.OfAsync(filter, calls.Records, TestContext.Current.CancellationToken)).ShouldBeEquivalentTo(counted);
        lines[^1].ShouldStartWith($"req_{tenant.Id}_1,1970-01-01T00:00:00.0010000Z,{tenant.Id},'=cmd|");
        lines[^1].ShouldContain(",'+1 😀,\"a,\"\"b\"\"\",");
        lines.Skip(1).Select(line => line.Split(',')[0]).Distinct().Count().ShouldBe(lines.Length - 1);
        var audit = await admin.GetAsync("audit?action=export&kind=requests");
        audit["data"][0].GetProperty("target").GetProperty("name").GetString().ShouldBe($"tenant={tenant.Id}&outcome=refused");
        (await admin.GetAsync("requests.csv?outcome=lost")).ExpectError(HttpStatusCode.BadRequest, "invalid_value", "outcome");
    }

    [Fact]
    public async Task Request_ById_TellsWhoWhatAndCost()
    {
        var admin = await AdminClient.OfAsync(App);
        var id = await CallAsync(await App.IssueKeyAsync(), "simulator/echo");
        await App.IdleAsync();

        var record = (await admin.GetAsync($"requests/{id}")).Expect(HttpStatusCode.OK);

        (record["tenant"].GetString(), record["model"].GetString(), record["provider"].GetString(), record["outcome"].GetString(), record["status"].GetInt32())
            .ShouldBe(("Default", "simulator/echo", "Simulator", "answered", 200));
        record["usage"].GetProperty("inputTokens").GetInt64().ShouldBePositive();
        record["cost"].GetDecimal().ShouldBePositive();
        (await admin.GetAsync("requests/req_none")).ExpectError(HttpStatusCode.NotFound, "not_found");
    }

    [Theory]
    [InlineData("requests?outcome=lost", "outcome")]
    [InlineData("requests?outcome=1", "outcome")]
    [InlineData("requests?from=yesterday", "from")]
    [InlineData("requests?after=x", "after")]
    [InlineData("requests?keys=x", "keys")]
    [InlineData("audit?to=x", "to")]
    [InlineData("audit?tenant=x", "tenant")]
    public async Task List_BadFilter_RefusesNamingIt(string path, string param)
    {
        var admin = await AdminClient.OfAsync(App);

        (await admin.GetAsync(path)).ExpectError(HttpStatusCode.BadRequest, "invalid_value", param);
    }

    [Fact]
    public async Task Audit_AfterEachChange_TellsWhoFromWhereBeforeAndAfter()
    {
        var admin = await AdminClient.OfAsync(App);
        var tier = await admin.PostAsync("tiers", """{"name":"Audited","requestsPerMinute":1}""");
        await admin.PatchAsync($"tiers/{tier.Id}", """{"requestsPerMinute":2}""");
        await admin.DeleteAsync($"tiers/{tier.Id}");

        var entries = (await admin.GetAsync($"audit?kind=tier&target={tier.Id}")).Expect(HttpStatusCode.OK);

        var rows = entries["data"].EnumerateArray().ToList();
        rows.Select(row => row.GetProperty("action").GetString()).ShouldBe(["delete", "update", "create"]);
        rows[1].GetProperty("before").GetProperty("requestsPerMinute").GetInt32().ShouldBe(1);
        rows[1].GetProperty("after").GetProperty("requestsPerMinute").GetInt32().ShouldBe(2);
        var actor = rows[1].GetProperty("actor");
        actor.GetProperty("kind").GetString().ShouldBe("key");
        actor.GetProperty("address").GetString().ShouldBe("127.0.0.1");
        (await admin.GetAsync($"audit?target={tier.Id}&limit=2&after={(await admin.GetAsync($"audit?target={tier.Id}&limit=2"))["next"].GetString()}")).Ids.ShouldBe([rows[2].GetProperty("id").GetString()!]);
        (await admin.GetAsync($"audit/{entries.Ids[0]}"))["action"].GetString().ShouldBe("delete");
        (await admin.GetAsync("audit/aud_none")).ExpectError(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task Audit_Refused_WritesNothing()
    {
        var admin = await AdminClient.OfAsync(App);
        var before = (await admin.GetAsync("audit?limit=1")).Ids;

        await admin.PostAsync("tiers", """{"name":"Bad","concurrency":0}""");

        (await admin.GetAsync("audit?limit=1")).Ids.ShouldBe(before);
    }

    private async Task<string> CallAsync(string key, string model)
    {
        using var client = App.Client(key);
        var response = await client.PostAsJsonAsync("/v1/chat/completions", new { model, messages = new[] { new { role = "user", content = "hello there" } } }, TestContext.Current.CancellationToken);
        return response.Headers.GetValues("x-request-id").Single();
    }
}
