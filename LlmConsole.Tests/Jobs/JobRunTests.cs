using System.Text.Json;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Jobs;

/// <summary>Jobs on their way, against a provider that does what it is told.</summary>
public sealed class JobRunTests(AppFixture fixture) : IClassFixture<AppFixture>, IAsyncLifetime
{
    private ScriptedModel _model = null!;
    private JobClient _jobs = null!;

    public async ValueTask InitializeAsync()
    {
        _model = await ScriptedModel.PublishAsync(fixture.App);
        _jobs = new JobClient(fixture.App.Client(_model.Key));
    }

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Fact]
    public async Task Cancel_WhileACallIsUnderWay_BreaksItOff()
    {
        var never = new TaskCompletionSource();
        _model.Provider.Otherwise = Play.Stall(never.Task, Play.Answer("late"));
        var id = await _jobs.StartAsync(Batch(20));
        var asked = await _model.Provider.RequestAsync();

        var cancelled = await _jobs.CancelAsync(id);

        (cancelled.Status(), cancelled.Counts()).ShouldBe(("cancelled", (20, 0, 0)));
        await asked.Aborted.WaitAsync(TestContext.Current.CancellationToken);
        var results = await _jobs.ResultsAsync(id);
        results.Count.ShouldBe(20);
        results.ShouldAllBe(result => result.GetProperty("status").GetString() == "cancelled");
        _model.Provider.Requests.Count.ShouldBeLessThanOrEqualTo(4);
        (await _jobs.CancelAsync(id)).Status().ShouldBe("cancelled");
    }

    [Fact]
    public async Task Share_OfATenantWithFewPlaces_LeavesHalfOfThem()
    {
        await LimitAsync(tier => tier with { Concurrency = 4 });
        var gate = new TaskCompletionSource();
        _model.Provider.Otherwise = Play.Stall(gate.Task, Play.Answer("ok"));
        var id = await _jobs.StartAsync(Batch(6));
        await _model.Provider.RequestsAsync(2);

        // Both places of the job are taken, and a person still finds one.
        _model.Provider.Next(Play.Answer("person"));
        (await (await _model.PostAsync(_model.Ask(text: "person"))).TextAsync()).ShouldContain("person");
        _model.Provider.Requests.Count.ShouldBe(3);
        gate.SetResult();

        (await _jobs.EndAsync(id)).Counts().ShouldBe((6, 6, 0));
    }

    [Fact]
    public async Task Item_ThatTheProviderRefuses_FailsAlone_AndCanBeRetried()
    {
        _model.Provider.Next(Play.Error(500));
        var id = await _jobs.StartAsync(Batch(3));

        var first = await _jobs.EndAsync(id);
        var (_, retried, _) = await _jobs.RetryAsync(id);
        var second = await _jobs.EndAsync(id);

        (first.Status(), first.Counts()).ShouldBe(("succeeded", (3, 2, 1)));
        retried.Status().ShouldBeOneOf("queued", "running");
        (second.Status(), second.Counts()).ShouldBe(("succeeded", (3, 3, 0)));
        (await _jobs.RetryAsync(id)).Json.Code().ShouldBe("conflict");
        var records = await _model.RecordsAsync();
        records.Select(record => record.Outcome).Order().ShouldBe([Outcome.Answered, Outcome.Answered, Outcome.Answered, Outcome.Failed]);
        (await _jobs.ResultsAsync(id)).Select(result => result.CustomId()).Order().ShouldBe(["0", "1", "2"]);
    }

    [Fact]
    public async Task Results_OfWhatIsNoText_AreGivenAsTheyCan()
    {
        _model.Provider.Next(Play.Json("{\r\n" + Sse.Completion("half")[1..].Replace("half", "half \\ud83d", StringComparison.Ordinal)), Play.Json("""{"error":{"message":"nul \u0000 in it"}}""", 400));

        var id = await _jobs.StartAsync(Batch(1));
        await _jobs.EndAsync(id);
        var other = await _jobs.StartAsync(Batch(1));
        await _jobs.EndAsync(other);

        (await _jobs.ResultsAsync(id)).ShouldHaveSingleItem().GetProperty("body").GetRawText().ShouldContain("half \\ud83d");
        (await _jobs.ResultsAsync(other)).ShouldHaveSingleItem().GetProperty("error").GetProperty("message").GetString()!.ShouldContain("nul \uFFFD in it");
    }

    [Fact]
    public async Task Item_ThatTheProviderThrottles_IsWaitedFor()
    {
        _model.Provider.Next(Play.Error(429, "slow down", ("Retry-After", "1")));
        var id = await _jobs.StartAsync(Batch(1));

        (await _jobs.EndAsync(id)).Counts().ShouldBe((1, 1, 0));
        (await _model.RecordsAsync()).Select(record => record.Outcome).ShouldBe([Outcome.Failed, Outcome.Answered]);
    }

    [Fact]
    public async Task Budget_ThatIsUsedUp_PutsTheJobBackUntilItResets()
    {
        await LimitAsync(tier => tier with { Quotas = [new Quota { Unit = QuotaUnit.Requests, Period = QuotaPeriod.Month, Limit = 2 }] });
        var id = await _jobs.StartAsync(Batch(5));
        (await _jobs.FollowAsync(id, 2)).ShouldAllBe(result => result.GetProperty("status").GetString() == "succeeded");

        var waiting = await _jobs.UntilAsync(id, job => job.Status() == "queued");
        waiting.Counts().ShouldBe((5, 2, 0));
        waiting.GetProperty("resumes_at").GetDateTimeOffset().ShouldBeGreaterThan(waiting.GetProperty("created_at").GetDateTimeOffset());
        waiting.GetProperty("waits_for").GetProperty("message").GetString()!.ShouldContain("2 requests a month");
        waiting.GetProperty("error").ValueKind.ShouldBe(JsonValueKind.Null);
        _model.Provider.Requests.Count.ShouldBe(2);
        (await _jobs.CancelAsync(id)).Status().ShouldBe("cancelled");
    }

    [Fact]
    public async Task SpendLimit_ThatTheNextRequestMayExceed_EndsTheJob()
    {
        // One request costs $0.000009 and may cost some more; ten thousand output tokens at $2 a million may cost $0.02.
        var id = await _jobs.StartAsync(Batch(10, "\"max_tokens\":10000", ",\"spendLimitUsd\":0.02003"));

        var over = await _jobs.EndAsync(id);

        over.Status().ShouldBe("failed");
        over.Code().ShouldBe("spend_limit_reached");
        var (total, succeeded, failed) = over.Counts();
        succeeded.ShouldBeInRange(1, 9);
        (total, succeeded + failed).ShouldBe((10, 10));
        over.GetProperty("cost_usd").GetDecimal().ShouldBe(succeeded * 0.000009m);
        _model.Provider.Requests.Count.ShouldBe(succeeded);
        (await _jobs.ResultsAsync(id)).Count(result => result.TryGetProperty("error", out var error) && error.GetProperty("code").GetString() == "spend_limit_reached").ShouldBe(failed);
    }

    [Fact]
    public async Task Job_WhoseTimeIsOver_Expires()
    {
        var never = new TaskCompletionSource();
        _model.Provider.Otherwise = Play.Stall(never.Task, Play.Answer("late"));
        var id = await _jobs.StartAsync(Batch(2, job: ",\"expiresAfterSeconds\":1"));

        (await _jobs.EndAsync(id)).Status().ShouldBe("expired");
        (await _jobs.ResultsAsync(id)).ShouldAllBe(result => result.GetProperty("status").GetString() == "expired");
    }

    [Fact]
    public async Task Job_WhoseKeyIsRevoked_MakesNoFurtherCall()
    {
        var gate = new TaskCompletionSource();
        _model.Provider.Otherwise = Play.Stall(gate.Task, Play.Answer("ok"));
        var id = await _jobs.StartAsync(Batch(12));
        await _model.Provider.RequestAsync();
        var key = fixture.App.KeyOf(_model.Key);
        await fixture.App.PutAsync(key with { RevokedAt = key.CreatedAt });
        var reader = new JobClient(fixture.App.Client(await fixture.App.IssueKeyAsync(_model.Name)));
        gate.SetResult();

        var (total, succeeded, failed) = (await reader.EndAsync(id)).Counts();

        (total, succeeded + failed).ShouldBe((12, 12));
        succeeded.ShouldBeInRange(1, 4);
        _model.Provider.Requests.Count.ShouldBe(succeeded);
    }

    private string Batch(int count, string fields = "", string job = "") =>
        $$"""{"type":"batch","requests":[{{string.Join(",", Enumerable.Range(0, count).Select(i => $$"""{"custom_id":"{{i}}","body":{{_model.Ask(fields, $"q{i}")}}}"""))}}]{{job}}}""";

    private Task<Tier> LimitAsync(Func<Tier, Tier> with) => fixture.App.PutAsync(with(fixture.App.Configuration.Tiers.Values.Single(tier => tier.Name == _model.Name)));
}
