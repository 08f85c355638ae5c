using System.Net;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Api.Admin;

/// <summary>The jobs of all tenants, as an administrator sees and changes them.</summary>
public sealed class JobsAdminApiTests(AppFixture fixture) : IClassFixture<AppFixture>, IAsyncLifetime
{
    private ScriptedModel _model = null!;
    private JobClient _jobs = null!;
    private AdminClient _admin = null!;

    public async ValueTask InitializeAsync()
    {
        _model = await ScriptedModel.PublishAsync(fixture.App);
        _jobs = new JobClient(fixture.App.Client(_model.Key));
        _admin = await AdminClient.OfAsync(fixture.App);
    }

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Fact]
    public async Task Jobs_ByState_AreCountedListedAndRetriedInBulk()
    {
        _model.Provider.Otherwise = Play.Error(500);
        var ids = new List<string>();
        for (var i = 0; i < 3; i++) ids.Add(await _jobs.StartAsync(Batch(2)));
        foreach (var id in ids) (await _jobs.EndAsync(id)).Status().ShouldBe("failed");

        (await _admin.GetAsync($"jobs/counts?tenant={_model.Name}"))["failed"].GetInt32().ShouldBe(3);
        var first = await _admin.GetAsync($"jobs?tenant={_model.Name}&status=failed&limit=2");
        var second = await _admin.GetAsync($"jobs?tenant={_model.Name}&status=failed&limit=2&after={first["next"].GetString()}");
        Ids(first).Concat(Ids(second)).ShouldBe(Enumerable.Reverse(ids));
        var items = (await _admin.GetAsync($"jobs/{ids[0]}/items"))["data"];
        items.EnumerateArray().ShouldAllBe(item => item.GetProperty("status").GetString() == "failed" && item.GetProperty("error").GetProperty("code").GetString() == "upstream_error");
        (await _admin.GetAsync($"requests/{items[0].GetProperty("requestId").GetString()}"))["outcome"].GetString().ShouldBe("failed");

        _model.Provider.Otherwise = Play.Answer("now");
        var retried = (await _admin.PostAsync("jobs/retry", $$"""{"status":"failed","tenant":"{{_model.Name}}"}""")).Expect(HttpStatusCode.OK);
        (retried["changed"].GetInt32(), retried["has_more"].GetBoolean()).ShouldBe((3, false));
        foreach (var id in ids) (await _jobs.EndAsync(id)).Counts().ShouldBe((2, 2, 0));
        var entry = (await _admin.GetAsync("audit?action=job.retry&limit=1"))["data"][0];
        (entry.GetProperty("target").GetProperty("name").GetString(), entry.GetProperty("actor").GetProperty("kind").GetString()).ShouldBe(("3 jobs", "key"));
        (await _admin.PostAsync($"jobs/{ids[0]}/retry", "{}")).Expect(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task Job_OfATenant_IsSubmittedEstimatedReadAndCancelled()
    {
        var body = $$"""{"type":"batch","task":"by-admin","requests":[{"custom_id":"a","body":{{_model.Ask("\"max_tokens\":100")}}}]}""";
        var estimate = (await _admin.PostAsync($"jobs?tenant={_model.Name}&dryRun=true", body)).Expect(HttpStatusCode.OK);
        estimate["estimate"].GetProperty("max_output_tokens").GetInt32().ShouldBe(100);
        (await _admin.GetAsync($"jobs/counts?tenant={_model.Name}"))["queued"].GetInt32().ShouldBe(0);

        var id = (await _admin.PostAsync($"jobs?tenant={_model.Name}", body)).Expect(HttpStatusCode.Accepted).Id;
        (await _jobs.EndAsync(id)).Counts().ShouldBe((1, 1, 0));
        (await _admin.GetAsync("audit?action=job.submit&limit=1"))["data"][0].GetProperty("target").GetProperty("id").GetString().ShouldBe(id);
        (await _admin.GetAsync($"jobs/{id}/results")).Text.ShouldContain("\"custom_id\":\"a\"");
        (await _admin.GetAsync("audit?action=job.read&limit=1"))["data"][0].GetProperty("target").GetProperty("id").GetString().ShouldBe(id);

        var never = new TaskCompletionSource();
        _model.Provider.Otherwise = Play.Stall(never.Task, Play.Answer("late"));
        var running = await _jobs.StartAsync(Batch(2));
        (await _admin.DeleteAsync($"jobs/{running}")).Expect(HttpStatusCode.OK)["status"].GetString().ShouldBe("cancelled");
        var entry = (await _admin.GetAsync("audit?action=job.cancel&limit=1"))["data"][0];
        (entry.GetProperty("target").GetProperty("id").GetString(), entry.GetProperty("after").GetProperty("state").GetString()).ShouldBe((running, "cancelled"));
        (await _admin.DeleteAsync($"jobs/{running}")).Expect(HttpStatusCode.Conflict);
        (await _admin.DeleteAsync("jobs/job_nobody")).Expect(HttpStatusCode.NotFound);
        (await _admin.PostAsync("jobs?tenant=nobody", body)).Expect(HttpStatusCode.NotFound);
        (await _admin.PostAsync("jobs", body)).Expect(HttpStatusCode.BadRequest);
        (await _admin.PostAsync("jobs/cancel", """{"ids":["a"],"status":"failed"}""")).Expect(HttpStatusCode.BadRequest);
        (await _admin.PostAsync("jobs/cancel", "{}")).Expect(HttpStatusCode.BadRequest);
    }

    private string Batch(int count) => $$"""{"type":"batch","requests":[{{string.Join(",", Enumerable.Range(0, count).Select(i => $$"""{"custom_id":"{{i}}","body":{{_model.Ask(text: $"q{i}")}}}"""))}}]}""";

    private static IEnumerable<string?> Ids(Answer page) => page["data"].EnumerateArray().Select(job => job.GetProperty("id").GetString());
}
