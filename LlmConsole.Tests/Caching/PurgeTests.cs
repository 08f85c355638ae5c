using System.Net;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Caching;

/// <summary>Purges and policies through the admin API.</summary>
public sealed class PurgeTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    private readonly RunningApp _app = fixture.App;

    [Theory]
    [InlineData("?tenant=", true)]
    [InlineData("?model=", true)]
    [InlineData("?tenant=Default", false)]
    [InlineData("?model=another", false)]
    public async Task Purge_ByTenantOrModel_TakesThoseAnswersAway(string query, bool isGone)
    {
        await using var model = await CachedModel.PublishAsync(_app);
        using var first = await model.PostAsync(model.Ask());
        using var purged = await DeleteAsync("/admin/v1/cache" + (query.EndsWith('=') ? query + model.Name : query));
        using var second = await model.PostAsync(model.Ask());

        purged.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        second.Verdict().ShouldBe(isGone ? "miss" : "exact");
    }

    [Fact]
    public async Task Purge_WhileAnAnswerIsUnderWay_DoesNotKeepIt()
    {
        await using var model = await CachedModel.PublishAsync(_app);
        var gate = new TaskCompletionSource();
        model.Provider.Next(Play.Stall(gate.Task, Play.Answer("old")));
        var first = model.PostAsync(model.Ask());
        await model.Provider.RequestAsync();
        using var purged = await DeleteAsync("/admin/v1/cache");
        gate.SetResult();
        using var done = await first;
        using var second = await model.PostAsync(model.Ask());

        (done.StatusCode, second.Verdict()).ShouldBe((HttpStatusCode.OK, "miss"));
    }

    [Theory]
    [InlineData("?tenant=nobody", HttpStatusCode.NotFound)]
    [InlineData("?tenant=Default&model=m", HttpStatusCode.BadRequest)]
    [InlineData("?tenannt=Default", HttpStatusCode.BadRequest)]
    public async Task Purge_WhatIsUnclear_IsRefused(string query, HttpStatusCode status)
    {
        using var purged = await DeleteAsync("/admin/v1/cache" + query);

        purged.StatusCode.ShouldBe(status);
    }

    [Fact]
    public async Task Tier_WithACachePolicy_KeepsItAndCanChangeParts()
    {
        using var admin = _app.Client(await _app.IssueAdminKeyAsync());
        var name = Guid.NewGuid().ToString("N");
        var made = await SendAsync(admin, HttpMethod.Post, "/admin/v1/tiers", $$$"""{"name":"{{{name}}}","cache":{"exact":{"enabled":true,"ttlSeconds":60},"semantic":{"enabled":true,"threshold":0.9},"scope":"key"}}""");
        var id = System.Text.Json.Nodes.JsonNode.Parse(made)!["id"]!.GetValue<string>();
        var changed = await SendAsync(admin, HttpMethod.Patch, $"/admin/v1/tiers/{id}", """{"cache":{"semantic":{"enabled":false}}}""");
        var refused = await SendAsync(admin, HttpMethod.Patch, $"/admin/v1/tiers/{id}", """{"cache":{"semantic":{"threshold":0.1}}}""");

        made.ShouldContain("\"cache\":{\"exact\":{\"enabled\":true,\"ttlSeconds\":60},\"semantic\":{\"enabled\":true,\"threshold\":0.9,\"shadow\":false,\"collectPairs\":false,\"embedder\":\"lexical\"},\"scope\":\"key\",\"storeToolCalls\":false}");
        changed.ShouldContain("\"exact\":{\"enabled\":true,\"ttlSeconds\":60},\"semantic\":{\"enabled\":false,\"threshold\":0.9");
        refused.ShouldContain("\"param\":\"cache.semantic.threshold\"");
    }

    [Fact]
    public async Task Tenant_WithItsOwnPolicy_BeginsWithTheTiers()
    {
        await using var model = await CachedModel.PublishAsync(_app);
        using var admin = _app.Client(await _app.IssueAdminKeyAsync());
        var own = await SendAsync(admin, HttpMethod.Patch, $"/admin/v1/tenants/{model.Name}", """{"cache":{"exact":{"ttlSeconds":5}}}""");
        var tiers = await SendAsync(admin, HttpMethod.Patch, $"/admin/v1/tenants/{model.Name}", """{"cache":null}""");

        own.ShouldContain("\"cache\":{\"exact\":{\"enabled\":true,\"ttlSeconds\":5}");
        tiers.ShouldContain("\"cache\":null");
    }

    private async Task<HttpResponseMessage> DeleteAsync(string path)
    {
        using var admin = _app.Client(await _app.IssueAdminKeyAsync());
        return await admin.DeleteAsync(path, TestContext.Current.CancellationToken);
    }

    private static async Task<string> SendAsync(HttpClient admin, HttpMethod method, string path, string json)
    {
        using var request = new HttpRequestMessage(method, path) { Content = new StringContent(json, System.Text.Encoding.UTF8, "application/json") };
        using var answer = await admin.SendAsync(request, TestContext.Current.CancellationToken);
        return await answer.TextAsync();
    }
}
