using System.Net;
using LlmConsole.Core.Metering;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Api.Jobs;

/// <summary>The shapes of the jobs API, against the simulator.</summary>
public sealed class JobsApiTests(AppFixture fixture) : IClassFixture<AppFixture>, IAsyncLifetime
{
    private string _key = "";
    private JobClient _jobs = null!;

    public async ValueTask InitializeAsync()
    {
        var name = $"t-{Guid.NewGuid():N}";
        await fixture.App.CreateTierAsync(name);
        await fixture.App.CreateTenantAsync(name, name);
        _key = await fixture.App.IssueKeyAsync(name);
        _jobs = new JobClient(fixture.App.Client(_key));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Batch_Inline_IsAnsweredAndMetered()
    {
        var (status, job, answer) = await _jobs.SubmitAsync($$"""{"type":"batch","task":"nightly","requests":[{{Request("a", "one")}},{{Request("b", "two")}}]}""");

        (status, job.Status(), job.Counts()).ShouldBe((HttpStatusCode.Accepted, "queued", (2, 0, 0)));
        answer.Headers.Location!.ToString().ShouldBe($"/v1/jobs/{job.GetProperty("id").GetString()}");
        var results = await _jobs.ResultsAsync(job.GetProperty("id").GetString()!);
        results.Select(result => result.CustomId()).ShouldBe(["a", "b"], ignoreOrder: true);
        results.ShouldAllBe(result => result.GetProperty("status").GetString() == "succeeded");
        Text(results.Single(result => result.CustomId() == "b")).ShouldBe("two");
        var over = await _jobs.FindAsync(job.GetProperty("id").GetString()!);
        (over.Status(), over.Counts()).ShouldBe(("succeeded", (2, 2, 0)));
        var records = await fixture.App.RecordsOfAsync(_key);
        records.Select(record => record.RequestId).ShouldBe(results.Select(result => result.GetProperty("request_id").GetString()), ignoreOrder: true);
        records.ShouldAllBe(record => record.Task == "nightly" && record.Outcome == Outcome.Answered);
        over.GetProperty("cost_usd").GetDecimal().ShouldBe(records.Sum(record => record.Cost.Dollars));
    }

    [Fact]
    public async Task Batch_AsLines_IsStoredLineByLine()
    {
        var lines = string.Join("\n", Enumerable.Range(0, 1_200).Select(i => Request($"line-{i}", "x"))) + "\n\n";

        var (status, job, _) = await _jobs.SubmitAsync(lines, "application/jsonl", "?task=upload&spendLimitUsd=2.5");

        (status, job.Counts().Total, job.GetProperty("task").GetString(), job.GetProperty("spend_limit_usd").GetDecimal()).ShouldBe((HttpStatusCode.Accepted, 1_200, "upload", 2.5m));
        (await _jobs.CancelAsync(job.GetProperty("id").GetString()!)).Status().ShouldBe("cancelled");
    }

    [Fact]
    public async Task Chat_Always_IsOneRequest()
    {
        var id = await _jobs.StartAsync("""{"type":"chat","body":{"model":"simulator/echo","messages":[{"role":"user","content":"alone"}]}}""");

        Text((await _jobs.ResultsAsync(id)).ShouldHaveSingleItem()).ShouldBe("alone");
    }

    [Theory]
    [InlineData("""{"type":"pipelines"}""", "type")]
    [InlineData("""{"type":"batch"}""", "requests")]
    [InlineData("""{"type":"batch","requests":[]}""", "requests")]
    [InlineData("""{"type":"batch","requests":{}}""", "requests")]
    [InlineData("""{"type":"batch","requests":[],"body":{}}""", "body")]
    [InlineData("""{"type":"batch","requests":[],"colour":1}""", "colour")]
    [InlineData("""{"type":"batch","requests":[{"custom_id":"a"}]}""", "requests[0].body")]
    [InlineData("""{"type":"batch","requests":[{"custom_id":"","body":{}}]}""", "requests[0].custom_id")]
    [InlineData("""{"type":"batch","requests":[{"custom_id":"\u0000","body":{}}]}""", "requests[0].custom_id")]
    [InlineData("""{"type":"batch","requests":[{"custom_id":"\ud800","body":{}}]}""", null)]
    [InlineData("""{"type":"batch","requests":[{"body":{"model":"simulator/echo","messages":"x"}}]}""", "requests[0].body.messages")]
    [InlineData("""{"type":"batch","requests":[{"body":{"model":"simulator/echo","stream":true,"messages":[{"role":"user","content":"x"}]}}]}""", "requests[0].body.stream")]
    [InlineData("""{"type":"batch","requests":[{"url":"/v1/embeddings","body":{}}]}""", "requests[0].url")]
    [InlineData("""{"type":"chat","task":"a\u0000b","body":{"model":"simulator/echo","messages":[{"role":"user","content":"x"}]}}""", "task")]
    [InlineData("""{"type":"pipeline","pipeline":"summarize","input":{"model":"simulator/echo","documents":[{"id":"a\u0000b","text":"x"}]}}""", "input.documents[0].id")]
    [InlineData("""{"type":"chat","spendLimitUsd":0,"body":{"model":"simulator/echo","messages":[{"role":"user","content":"x"}]}}""", "spendLimitUsd")]
    [InlineData("""{"type":"chat","expiresAfterSeconds":604801,"body":{"model":"simulator/echo","messages":[{"role":"user","content":"x"}]}}""", "expiresAfterSeconds")]
    public async Task Submit_Wrong_NamesTheField(string body, string? param)
    {
        var (status, refusal, _) = await _jobs.SubmitAsync(body);

        (status, refusal.Param()).ShouldBe((HttpStatusCode.BadRequest, param), refusal.ToString());
        (await _jobs.GetAsync("/v1/jobs")).Json.GetProperty("data").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Submit_WithALineThatIsWrong_StoresNothing()
    {
        var lines = $"{Request("a", "x")}\n{Request("a", "y")}\n";

        var (status, refusal, _) = await _jobs.SubmitAsync(lines, "application/jsonl");

        (status, refusal.Param()).ShouldBe((HttpStatusCode.BadRequest, "requests[1].custom_id"));
        (await _jobs.SubmitAsync("{\n", "application/jsonl")).Json.Code().ShouldBe("invalid_json");
        (await _jobs.SubmitAsync("{}", "text/plain")).Status.ShouldBe(HttpStatusCode.UnsupportedMediaType);
        (await _jobs.GetAsync("/v1/jobs")).Json.GetProperty("data").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Submit_OfAModelThatIsNotThere_IsRefused()
    {
        var (status, refusal, _) = await _jobs.SubmitAsync("""{"type":"batch","requests":[{"body":{"model":"nobody","messages":[{"role":"user","content":"x"}]}}]}""");

        (status, refusal.Code(), refusal.Param()).ShouldBe((HttpStatusCode.NotFound, "model_not_found", "requests[0].body.model"));
    }

    [Fact]
    public async Task DryRun_OfAJob_SaysWhatItMayCostAndStoresNothing()
    {
        await using var model = await ScriptedModel.PublishAsync(fixture.App);
        var jobs = new JobClient(fixture.App.Client(model.Key));
        var requests = $$"""{"custom_id":"a","body":{{model.Ask("\"max_tokens\":50")}}},{"custom_id":"b","body":{{model.Ask("\"max_tokens\":150,\"n\":2")}}}""";

        var (status, forecast, _) = await jobs.SubmitAsync($$"""{"type":"batch","requests":[{{requests}}]}""", query: "?dryRun=true");
        var (_, uploaded, _) = await jobs.SubmitAsync(requests.Replace("}},{", "}}\n{", StringComparison.Ordinal), "application/jsonl", "?dryRun=true");

        (status, forecast.GetProperty("object").GetString(), forecast.Counts().Total).ShouldBe((HttpStatusCode.OK, "job.estimate", 2));
        var estimate = forecast.GetProperty("estimate");
        uploaded.GetProperty("estimate").ToString().ShouldBe(estimate.ToString());
        (estimate.GetProperty("requests").GetInt32(), estimate.GetProperty("max_output_tokens").GetInt32(), estimate.GetProperty("unpriced_requests").GetInt32()).ShouldBe((2, 350, 0));
        var prompts = estimate.GetProperty("prompt_tokens").GetInt32();
        estimate.GetProperty("prompt_cost_usd").GetDecimal().ShouldBe(prompts / 1_000_000m);
        estimate.GetProperty("max_cost_usd").GetDecimal().ShouldBe((prompts + (2 * 350)) / 1_000_000m);
        (await jobs.GetAsync("/v1/jobs")).Json.GetProperty("data").GetArrayLength().ShouldBe(0);
        (await jobs.SubmitAsync("""{"type":"batch","requests":[]}""", query: "?dryRun=true")).Json.Param().ShouldBe("requests");
        (await jobs.SubmitAsync($$"""{"type":"batch","requests":[{{requests}}]}""", query: "?dryRun=maybe")).Json.Param().ShouldBe("dryRun");

        // The job that is submitted then has the same with it, and costs no more.
        var id = await jobs.StartAsync($$"""{"type":"batch","requests":[{{requests}}]}""");
        var over = await jobs.EndAsync(id);
        over.GetProperty("estimate").ToString().ShouldBe(estimate.ToString());
        over.GetProperty("cost_usd").GetDecimal().ShouldBeLessThanOrEqualTo(estimate.GetProperty("max_cost_usd").GetDecimal());
    }

    [Fact]
    public async Task Job_OfAnotherTenant_IsNotThere()
    {
        var id = await _jobs.StartAsync($$"""{"type":"batch","requests":[{{Request("a", "x")}}]}""");
        var stranger = new JobClient(fixture.App.Client(await fixture.App.IssueKeyAsync()));

        foreach (var path in (string[])["", "/results"]) (await stranger.GetAsync($"/v1/jobs/{id}{path}")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await stranger.CancelAsync(id)).Code().ShouldBe("not_found");
        (await stranger.RetryAsync(id)).Status.ShouldBe(HttpStatusCode.NotFound);
        (await stranger.GetAsync("/v1/jobs")).Json.GetProperty("data").EnumerateArray().ShouldAllBe(job => job.GetProperty("id").GetString() != id);
        (await new JobClient(fixture.App.Http).GetAsync($"/v1/jobs/{id}")).Status.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task List_ByPages_IsNewestFirst()
    {
        var ids = new List<string>();
        for (var i = 0; i < 3; i++) ids.Add(await _jobs.StartAsync($$"""{"type":"batch","requests":[{{Request("a", "x")}}]}"""));

        var first = (await _jobs.GetAsync("/v1/jobs?limit=2")).Json;
        var second = (await _jobs.GetAsync($"/v1/jobs?limit=2&after={first.GetProperty("next").GetString()}")).Json;

        Ids(first).Concat(Ids(second)).ShouldBe(Enumerable.Reverse(ids));
        second.GetProperty("has_more").GetBoolean().ShouldBeFalse();
        (await _jobs.GetAsync("/v1/jobs?status=finished")).Json.Param().ShouldBe("status");
    }

    [Fact]
    public async Task Submit_AgainUnderItsKey_IsTheSameJob()
    {
        var body = $$"""{"type":"batch","requests":[{{Request("a", "x")}}]}""";
        var key = Guid.NewGuid().ToString();
        var (_, first, _) = await _jobs.SubmitAsync(body, idempotencyKey: key);

        var (status, again, answer) = await _jobs.SubmitAsync(body, idempotencyKey: key);
        var (other, refusal, _) = await _jobs.SubmitAsync(body + " ", idempotencyKey: key);

        (status, again.GetProperty("id").GetString()).ShouldBe((HttpStatusCode.Accepted, first.GetProperty("id").GetString()));
        answer.Headers.GetValues("x-llmconsole-idempotent-replay").ShouldBe(["true"]);
        (other, refusal.Code()).ShouldBe((HttpStatusCode.UnprocessableEntity, "idempotency_mismatch"));
        var lines = Request("a", "x");
        var (_, uploaded, _) = await _jobs.SubmitAsync(lines, "application/jsonl", idempotencyKey: key + "2");
        (await _jobs.SubmitAsync(lines, "application/jsonl", idempotencyKey: key + "2")).Json.GetProperty("id").GetString().ShouldBe(uploaded.GetProperty("id").GetString());
        (await _jobs.SubmitAsync(lines + "\n" + Request("b", "x"), "application/jsonl", idempotencyKey: key + "2")).Json.Code().ShouldBe("idempotency_mismatch");
    }

    private static string Request(string id, string text) => $$$"""{"custom_id":"{{{id}}}","body":{"model":"simulator/echo","messages":[{"role":"user","content":"{{{text}}}"}]}}""";

    private static string? Text(System.Text.Json.JsonElement result) => result.GetProperty("body").GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString();

    private static IEnumerable<string?> Ids(System.Text.Json.JsonElement page) => page.GetProperty("data").EnumerateArray().Select(job => job.GetProperty("id").GetString());
}
