using System.Net;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Caching;

/// <summary>Semantic caching over real HTTP.</summary>
public sealed class SemanticCacheTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    private const string Question = "How do I sort a list in Python?";
    private const string Rephrased = "In Python, how can I sort a list?";

    private static readonly CachePolicy Semantic = CachedModel.Exact with { Semantic = new SemanticCachePolicy { Enabled = true } };

    private readonly RunningApp _app = fixture.App;

    [Fact]
    public async Task Complete_WordedAlike_IsGivenAndCostsNothing()
    {
        await using var model = await CachedModel.PublishAsync(_app, Semantic);
        using var first = await model.PostAsync(model.Ask("", Question));
        using var second = await model.PostAsync(model.Ask("\"stream\":true", Rephrased));

        (first.Verdict(), second.Verdict()).ShouldBe(("miss", "semantic"));
        (await second.TextAsync()).ShouldContain("Hello.");
        model.Provider.Requests.Count.ShouldBe(1);
        var records = await model.RecordsAsync();
        (records[1].Cache, records[1].Cost.Nanos, records[1].SavedCost, records[1].SavedTokens, records[1].TotalTokens, records[1].CachedFrom)
            .ShouldBe((CacheVerdict.Semantic, 0L, records[0].Cost, 7, 0, records[0].RequestId));
    }

    [Theory]
    [InlineData("How do I sort a list in Java?", "")]
    [InlineData("How do I not sort a list in Python?", "")]
    [InlineData(Rephrased, "\"temperature\":0.1")]
    [InlineData(Rephrased, "\"response_format\":{\"type\":\"json_object\"}")]
    [InlineData(Rephrased, "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]")]
    [InlineData(Rephrased, "\"temperature\":1.5")]
    [InlineData(Rephrased, "\"n\":2")]
    public async Task Complete_AnythingElse_IsAsked(string question, string fields)
    {
        await using var model = await CachedModel.PublishAsync(_app, Semantic);
        using var first = await model.PostAsync(model.Ask("", Question));
        using var second = await model.PostAsync(model.Ask(fields, question));

        second.Verdict().ShouldBe("miss");
        model.Provider.Requests.Count.ShouldBe(2);
        _app.Kept().List(_app.Tenant(model.Name).Id).Sum(entry => entry.Hits).ShouldBe(0);
    }

    [Fact]
    public async Task Complete_AnotherTenantOrSystemPrompt_IsAsked()
    {
        await using var model = await CachedModel.PublishAsync(_app, Semantic);
        var other = await _app.CreateTenantAsync(Guid.NewGuid().ToString("N"), tier: model.Name);
        using var client = _app.Client(await _app.IssueKeyAsync(other.Name));
        using var first = await model.PostAsync(model.Ask("", Question));
        using var theirs = await client.PostAsync("/v1/chat/completions", new StringContent(model.Ask("", Rephrased), System.Text.Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        using var pirate = await model.PostAsync($$"""{"model":"{{model.Name}}","messages":[{"role":"system","content":"Talk like a pirate."},{"role":"user","content":"{{Rephrased}}"}]}""");

        (theirs.Verdict(), pirate.Verdict()).ShouldBe(("miss", "miss"));
    }

    [Fact]
    public async Task Complete_InShadow_LooksAndAsks()
    {
        await using var model = await CachedModel.PublishAsync(_app, Semantic with { Semantic = new SemanticCachePolicy { Enabled = true, Shadow = true } });
        using var first = await model.PostAsync(model.Ask("", Question));
        using var second = await model.PostAsync(model.Ask("", Rephrased));

        second.Verdict().ShouldBe("miss");
        model.Provider.Requests.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Complete_AThresholdSetHigher_HoldsAtOnce()
    {
        await using var model = await CachedModel.PublishAsync(_app, Semantic);
        using var first = await model.PostAsync(model.Ask("", Question));
        await model.SetPolicyAsync(Semantic with { Semantic = new SemanticCachePolicy { Enabled = true, Threshold = 1 } });
        using var strict = await model.PostAsync(model.Ask("", Rephrased), ("x-llmconsole-cache", "only"));
        await model.SetPolicyAsync(Semantic);
        using var lax = await model.PostAsync(model.Ask("", Rephrased), ("x-llmconsole-cache", "only"));

        (strict.StatusCode, lax.Verdict()).ShouldBe((HttpStatusCode.PreconditionFailed, "semantic"));
    }

    [Fact]
    public async Task Report_AWrongHit_EvictsTheAnswer()
    {
        await using var model = await CachedModel.PublishAsync(_app, Semantic);
        using var first = await model.PostAsync(model.Ask("", Question));
        using var hit = await model.PostAsync(model.Ask("", Rephrased));
        using var reported = await ReportAsync(model.Key, hit);
        using var again = await model.PostAsync(model.Ask("", Rephrased));
        using var original = await model.PostAsync(model.Ask("", Question));

        (hit.Verdict(), again.Verdict()).ShouldBe(("semantic", "miss"));
        (await reported.TextAsync()).ShouldContain("\"evicted\":true");
        original.Verdict().ShouldBe("semantic", "the new answer to the rephrased question serves it");
    }

    [Fact]
    public async Task Report_WhatIsNotAHitOfOnesOwn_IsRefused()
    {
        await using var model = await CachedModel.PublishAsync(_app);
        using var miss = await model.PostAsync(model.Ask());
        using var hit = await model.PostAsync(model.Ask());
        using var notAHit = await ReportAsync(model.Key, miss);
        using var notOnes = await ReportAsync(await _app.IssueKeyAsync(), hit);

        (notAHit.StatusCode, notOnes.StatusCode).ShouldBe((HttpStatusCode.BadRequest, HttpStatusCode.NotFound));
    }

    private async Task<HttpResponseMessage> ReportAsync(string key, HttpResponseMessage answer)
    {
        await _app.IdleAsync();
        using var client = _app.Client(key);
        var body = $$"""{"request_id":"{{answer.Headers.GetValues("x-request-id").Single()}}"}""";
        return await client.PostAsync("/v1/cache/reports", new StringContent(body, System.Text.Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
    }
}
