using System.Net;
using System.Text.Json.Nodes;
using LlmConsole.Core;
using LlmConsole.Core.Caching;
using LlmConsole.Core.Caching.Semantic;
using LlmConsole.Core.Configuration;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Caching;

/// <summary>The kept answers and pairs through the admin API, and what the audit log says of it.</summary>
public sealed class CacheAdminTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    private const string Question = "How do I sort a list in Python?";
    private const string Rephrased = "In Python, how can I sort a list?";

    private static readonly CachePolicy Semantic = CachedModel.Exact with { Semantic = new SemanticCachePolicy { Enabled = true } };

    private readonly RunningApp _app = fixture.App;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Entry_ThatAnsweredAnotherMessage_ShowsBothAndTheirSimilarity()
    {
        await using var model = await CachedModel.PublishAsync(_app, Semantic);
        using var first = await model.PostAsync(model.Ask("", Question));
        using var alike = await model.PostAsync(model.Ask("", Rephrased));
        var id = IdOf(first);

        var listed = (await GetAsync($"/admin/v1/cache/entries?tenant={model.Name}"))["data"]!.AsArray().ShouldHaveSingleItem()!;
        var read = await GetAsync($"/admin/v1/cache/entries/{id}");

        (Text(listed, "id"), listed["hits"]!.GetValue<long>(), listed["prompt"], listed["answer"], listed["lastMatch"]).ShouldBe((id, 1, null, null, null));
        (Text(read, "prompt"), Text(read, "answer"), Text(read, "tenant")).ShouldBe((Question, "Hello.", model.Name));
        (Text(read["lastMatch"]!, "requestId"), Text(read["lastMatch"]!, "prompt")).ShouldBe((IdOf(alike), Rephrased));
        read["lastMatch"]!["similarity"]!.GetValue<double>().ShouldBe((await model.RecordsAsync())[1].CacheSimilarity!.Value);
        (await AuditAsync(id)).Select(entry => (entry.Action, entry.ObjectKind)).ShouldBe([("read", KeptAnswers.Kind)]);
        (await AuditAsync(id)).ShouldAllBe(entry => !$"{entry.Before}{entry.After}".Contains("Python", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Entry_Deleted_IsNeverGivenAgain()
    {
        await using var model = await CachedModel.PublishAsync(_app, Semantic);
        using var first = await model.PostAsync(model.Ask("", Question));
        using var gone = await SendAsync(HttpMethod.Delete, $"/admin/v1/cache/entries/{IdOf(first)}");
        using var again = await SendAsync(HttpMethod.Delete, $"/admin/v1/cache/entries/{IdOf(first)}");
        using var same = await model.PostAsync(model.Ask("", Question), ("x-llmconsole-cache", "only"));
        using var alike = await model.PostAsync(model.Ask("", Rephrased), ("x-llmconsole-cache", "only"));

        (gone.StatusCode, again.StatusCode, same.StatusCode, alike.StatusCode).ShouldBe((HttpStatusCode.NoContent, HttpStatusCode.NotFound, HttpStatusCode.PreconditionFailed, HttpStatusCode.PreconditionFailed));
        (await AuditAsync(IdOf(first))).ShouldHaveSingleItem().Action.ShouldBe("delete");
    }

    [Fact]
    public async Task Report_ByAnAdministrator_EvictsAndIsNoted()
    {
        await using var model = await CachedModel.PublishAsync(_app, Semantic);
        using var first = await model.PostAsync(model.Ask("", Question));
        using var hit = await model.PostAsync(model.Ask("", Rephrased));
        await _app.IdleAsync();
        using var reported = await SendAsync(HttpMethod.Post, "/admin/v1/cache/reports", $$"""{"requestId":"{{IdOf(hit)}}"}""");
        using var unknown = await SendAsync(HttpMethod.Post, "/admin/v1/cache/reports", """{"requestId":"req_unknown"}""");
        using var again = await model.PostAsync(model.Ask("", Rephrased), ("x-llmconsole-cache", "only"));

        (await reported.TextAsync()).ShouldContain("\"evicted\":true");
        (unknown.StatusCode, again.StatusCode).ShouldBe((HttpStatusCode.NotFound, HttpStatusCode.PreconditionFailed));
        (await AuditAsync(IdOf(first))).ShouldHaveSingleItem().Action.ShouldBe("report-wrong");
    }

    [Fact]
    public async Task Pairs_OfATenant_AreReadLabelledAndSwept()
    {
        var tenant = await _app.CreateTenantAsync(Guid.NewGuid().ToString("N"));
        _app.Services.GetRequiredService<CachePairs>().Collect(Pair(tenant.Id, "pair_a", 0.9));
        _app.Services.GetRequiredService<CachePairs>().Collect(Pair(tenant.Id, "pair_b", 0.7));
        JsonNode pairs = new JsonObject();
        while ((pairs = await GetAsync($"/admin/v1/cache/pairs?tenant={tenant.Name}"))["data"]!.AsArray().Count < 2) Cancel.ThrowIfCancellationRequested();
        var id = pairs["data"]!.AsArray().Select(pair => Text(pair!, "id")).Single(id => id.EndsWith("pair_a", StringComparison.Ordinal));
        using var labelled = await SendAsync(HttpMethod.Patch, $"/admin/v1/cache/pairs/{id}", """{"right":true}""");
        using var nothing = await SendAsync(HttpMethod.Patch, $"/admin/v1/cache/pairs/{id}", "{}");
        using var unknown = await SendAsync(HttpMethod.Patch, "/admin/v1/cache/pairs/pair_gone", """{"right":null}""");
        var sweep = await GetAsync($"/admin/v1/cache/sweep?tenant={tenant.Name}");

        (labelled.StatusCode, nothing.StatusCode, unknown.StatusCode).ShouldBe((HttpStatusCode.NoContent, HttpStatusCode.BadRequest, HttpStatusCode.NotFound));
        sweep["pairs"]!.GetValue<int>().ShouldBe(2);
        var at = sweep["data"]!.AsArray().Single(point => point!["threshold"]!.GetValue<double>() == 0.8)!;
        (at["hits"]!.GetValue<int>(), at["right"]!.GetValue<int>(), at["precision"]!.GetValue<double>()).ShouldBe((1, 1, 1d));
        (await AuditAsync(id)).ShouldHaveSingleItem().Action.ShouldBe("label");
        (await AuditAsync(tenant.Id)).ShouldContain(entry => entry.Action == "read" && entry.ObjectKind == CachePairs.Kind);
    }

    [Fact]
    public async Task Pairs_WithoutATenant_AreRefused()
    {
        using var pairs = await SendAsync(HttpMethod.Get, "/admin/v1/cache/pairs");
        using var sweep = await SendAsync(HttpMethod.Get, "/admin/v1/cache/sweep?tenant=nobody");

        (pairs.StatusCode, sweep.StatusCode).ShouldBe((HttpStatusCode.BadRequest, HttpStatusCode.NotFound));
    }

    /// <summary>Every page that is asked for continues where the one before ended.</summary>
    [Fact]
    public async Task Entries_InPages_AreAllThere()
    {
        await using var model = await CachedModel.PublishAsync(_app);
        foreach (var text in (string[])["one", "two", "three"]) (await model.PostAsync(model.Ask("", text))).Dispose();
        var ids = new List<string>();
        for (string? after = null, path = $"/admin/v1/cache/entries?tenant={model.Name}&limit=2"; ;)
        {
            var page = await GetAsync(after is null ? path : $"{path}&after={after}");
            ids.AddRange(page["data"]!.AsArray().Select(entry => Text(entry!, "id")));
            if ((after = page["next"]?.GetValue<string>()) is null) break;
        }

        ids.ShouldBe((await model.RecordsAsync()).Select(record => record.RequestId), ignoreOrder: true);
    }

    private static CachePair Pair(string tenantId, string name, double similarity) => new()
    {
        Id = $"{tenantId}_{name}", TenantId = tenantId, At = TimeProvider.System.GetUtcNow(), RequestId = $"req_{name}", Model = "m", Embedder = "lexical-1", Prompt = "a", NearPrompt = "b",
        Similarity = similarity, Answer = "x", NearAnswer = "y", AnswerSimilarity = 0.5, Cost = new Usd(10),
    };

    private static string IdOf(HttpResponseMessage answer) => answer.Headers.GetValues("x-request-id").Single();

    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();

    private async Task<IReadOnlyList<AuditEntry>> AuditAsync(string objectId) =>
        (await _app.Services.GetRequiredService<AuditQueries>().PageAsync(new AuditFilter { ObjectId = objectId }, 50, null, Cancel)).Entries;

    private async Task<JsonNode> GetAsync(string path)
    {
        using var answer = await SendAsync(HttpMethod.Get, path);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return JsonNode.Parse(await answer.TextAsync())!;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? json = null)
    {
        using var admin = _app.Client(await _app.IssueAdminKeyAsync());
        using var request = new HttpRequestMessage(method, path) { Content = json is null ? null : new StringContent(json, System.Text.Encoding.UTF8, "application/json") };
        return await admin.SendAsync(request, Cancel);
    }
}
