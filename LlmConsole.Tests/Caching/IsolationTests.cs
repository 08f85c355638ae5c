using System.Net;
using System.Text.Json.Nodes;
using LlmConsole.Core.Configuration;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Caching;

/// <summary>Who doesn't share answers learns nothing of them: no text, no id, no age, no similarity, and no shortcut to be timed.</summary>
public sealed class IsolationTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    private const string Question = "How do I sort a list in Python?";
    private const string Rephrased = "In Python, how can I sort a list?";

    private readonly RunningApp _app = fixture.App;

    [Theory]
    [InlineData(CacheScope.Tenant)]
    [InlineData(CacheScope.Key)]
    [InlineData(CacheScope.User)]
    public async Task Ask_WhatIsKeptForAnother_IsAskedAndTellsNothing(CacheScope scope)
    {
        await using var model = await CachedModel.PublishAsync(_app, CachedModel.Exact with { Scope = scope, Semantic = new SemanticCachePolicy { Enabled = true } });
        var other = scope == CacheScope.Tenant ? (await _app.CreateTenantAsync(Guid.NewGuid().ToString("N"), tier: model.Name)).Name : model.Name;
        using var stranger = _app.Client(scope == CacheScope.User ? model.Key : await _app.IssueKeyAsync(other));
        var (mine, theirs) = scope == CacheScope.User ? ("\"user\":\"ada\"", "\"user\":\"bob\"") : ("", "");
        using var kept = await model.PostAsync(model.Ask(mine, Question));
        using var served = await model.PostAsync(model.Ask(mine, Rephrased));
        model.Provider.Requests.Count.ShouldBe(1);

        using var same = await SendAsync(stranger, model.Ask(theirs, Question));
        using var refused = await SendAsync(stranger, model.Ask(theirs, Rephrased), "only");
        using var reported = await stranger.PostAsync("/v1/cache/reports", Json($$"""{"request_id":"{{IdOf(served)}}"}"""), TestContext.Current.CancellationToken);

        (kept.Verdict(), served.Verdict(), same.Verdict()).ShouldBe(("miss", "semantic", "miss"));
        model.Provider.Requests.Count.ShouldBe(2, "whoever times the answer waits for a provider");
        same.Headers.Age.ShouldBeNull();
        (await same.TextAsync()).ShouldNotContain(IdOf(kept));
        refused.StatusCode.ShouldBe(HttpStatusCode.OK, "their own answer is the one that is alike");
        JsonNode.Parse(await refused.TextAsync())!["id"]!.GetValue<string>().ShouldBe(JsonNode.Parse(await same.TextAsync())!["id"]!.GetValue<string>());
        reported.StatusCode.ShouldBe(scope == CacheScope.User ? HttpStatusCode.OK : HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData(Question)]
    [InlineData(Rephrased)]
    public async Task Only_WhatIsKeptForAnother_IsRefusedAsWhatNobodyAsked(string question)
    {
        await using var model = await CachedModel.PublishAsync(_app, CachedModel.Exact with { Scope = CacheScope.Key, Semantic = new SemanticCachePolicy { Enabled = true } });
        using var stranger = _app.Client(await _app.IssueKeyAsync(model.Name));
        using var kept = await model.PostAsync(model.Ask("", Question));

        using var asked = await SendAsync(stranger, model.Ask("", question), "only");
        using var never = await SendAsync(stranger, model.Ask("", "Where do penguins live?"), "only");

        (asked.StatusCode, never.StatusCode).ShouldBe((HttpStatusCode.PreconditionFailed, HttpStatusCode.PreconditionFailed));
        Told(await asked.TextAsync()).ShouldBe(Told(await never.TextAsync()));
        asked.Headers.Select(header => header.Key).ShouldBe(never.Headers.Select(header => header.Key), ignoreOrder: true);
    }

    /// <summary>All of an error but the id of its request.</summary>
    private static string Told(string body)
    {
        var error = JsonNode.Parse(body)!["error"]!.AsObject();
        error.Remove("request_id");
        return error.ToJsonString();
    }

    private static string IdOf(HttpResponseMessage answer) => answer.Headers.GetValues("x-request-id").Single();

    private static StringContent Json(string body) => new(body, System.Text.Encoding.UTF8, "application/json");

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, string body, string? wish = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Json(body) };
        if (wish is not null) request.Headers.Add("x-llmconsole-cache", wish);
        return await client.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
