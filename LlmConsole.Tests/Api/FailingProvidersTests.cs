using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Routing;
using LlmConsole.Core.Wire;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Api;

/// <summary>Who is asked when a target fails before its first token.</summary>
public sealed class FailingProvidersTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    private static readonly Task Never = new TaskCompletionSource().Task;

    [Fact]
    public async Task Retry_FailureInPassing_IsAskedAgain()
    {
        await using var model = await PublishAsync(new ModelResilience { Retries = 2 });
        model.Provider.Next(Play.Error(500), Play.Reset, Play.Answer("third time lucky"));

        var answer = await model.PostAsync(model.Ask("\"stream\":true"));

        (await answer.TextAsync()).ShouldContain("third time lucky");
        answer.Headers.GetValues("x-llmconsole-attempts").ShouldBe(["3"]);
        AttemptLog.Read((await model.RecordsAsync()).ShouldHaveSingleItem().AttemptLog).Select(attempt => attempt.Error).ShouldBe(["upstream_error", "upstream_error", null]);
    }

    [Fact]
    public async Task Retry_SaidToWaitAMoment_WaitsForThatLong()
    {
        await using var model = await PublishAsync(new ModelResilience { Retries = 1 });
        model.Provider.Next(Play.Error(429, headers: ("retry-after-ms", "400")), Play.Answer("welcome back"));

        (await (await model.PostAsync(model.Ask())).TextAsync()).ShouldContain("welcome back");

        AttemptLog.Read((await model.RecordsAsync()).ShouldHaveSingleItem().AttemptLog)[1].StartMs.ShouldBeGreaterThanOrEqualTo(400);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    public async Task Retry_FailureThatWillStay_IsNotAskedAgain(int status)
    {
        await using var model = await PublishAsync(new ModelResilience { Retries = 2 });
        model.Provider.Otherwise = Play.Error(status);

        await model.PostAsync(model.Ask());

        model.Provider.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Retry_SilentUntilItsDeadline_IsNotAskedAgain()
    {
        await using var model = await PublishAsync(new ModelResilience { Retries = 2 }, new ModelTimeouts { FirstTokenSeconds = 1 });
        model.Provider.Otherwise = Play.Stall(Never, Play.Answer("late"));

        ((int)(await model.PostAsync(model.Ask("\"stream\":true"))).StatusCode).ShouldBe(504);

        model.Provider.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Groups_FirstSilent_FallsBackToTheNext()
    {
        await using var two = await TwoProviders.PublishAsync(fixture.App, new ModelResilience { Retries = 0 });
        await fixture.App.PutAsync(two.Configured with { Timeouts = new ModelTimeouts { FirstTokenSeconds = 1 } });
        two.First.Next(Play.Stream(Sse.Role(), Never));
        two.Second.Next(Play.Answer("from the second"));

        var answer = await two.Model.PostAsync(two.Model.Ask("\"stream\":true"));

        (await answer.TextAsync()).ShouldContain("from the second");
        var record = (await two.Model.RecordsAsync()).ShouldHaveSingleItem();
        (record.Outcome, record.Attempts, record.ProviderId).ShouldBe((Outcome.Answered, 2, two.Configured.Targets[1].ProviderId));
        AttemptLog.Read(record.AttemptLog).Select(attempt => attempt.Error).ShouldBe(["timeout", null]);
    }

    [Fact]
    public async Task Groups_FirstOpen_IsNotAskedAnyMore()
    {
        await using var two = await TwoProviders.PublishAsync(fixture.App, new ModelResilience { Retries = 0 });
        two.First.Otherwise = Play.Error(500);

        for (var i = 0; i < 20; i++) (await two.Model.PostAsync(two.Model.Ask())).EnsureSuccessStatusCode();

        two.First.Requests.Count.ShouldBe(new HealthOptions().ConsecutiveFailures);
        two.Second.Requests.Count.ShouldBe(20);
    }

    [Fact]
    public async Task Drained_Target_GetsNoCalls()
    {
        await using var two = await TwoProviders.PublishAsync(fixture.App, new ModelResilience { Retries = 0 });
        await fixture.App.PutAsync(two.Configured with { Targets = [two.Configured.Targets[0] with { Drained = true }, two.Configured.Targets[1]] });
        (await two.Model.PostAsync(two.Model.Ask())).EnsureSuccessStatusCode();
        two.First.Requests.ShouldBeEmpty();

        await fixture.App.PutAsync(two.Configured with { Targets = [.. two.Configured.Targets.Select(target => target with { Drained = true })] });
        var answer = await two.Model.PostAsync(two.Model.Ask());

        ((int)answer.StatusCode, answer.Headers.RetryAfter is not null).ShouldBe((503, true));
        (await two.Model.RecordsAsync())[^1].Outcome.ShouldBe(Outcome.Failed);
    }

    [Fact]
    public async Task Open_OnlyTarget_RefusesFastWithTheTimeToComeBack()
    {
        await using var model = await PublishAsync(new ModelResilience { Retries = 0 });
        model.Provider.Otherwise = Play.Error(500);
        for (var i = 0; i < 5; i++) ((int)(await model.PostAsync(model.Ask())).StatusCode).ShouldBe(502);

        var answer = await model.PostAsync(model.Ask());

        ((int)answer.StatusCode).ShouldBe(503);
        answer.Headers.RetryAfter!.Delta!.Value.TotalSeconds.ShouldBeInRange(1, 5);
        model.Provider.Requests.Count.ShouldBe(5);
        var record = (await model.RecordsAsync())[^1];
        (record.Outcome, record.Attempts, record.ErrorCode).ShouldBe((Outcome.Failed, 0, "overloaded"));
    }

    [Fact]
    public async Task ImpatientCaller_ManyTimes_IsNotHeldAgainstTheTarget()
    {
        await using var model = await PublishAsync(new ModelResilience { Retries = 0 });
        model.Provider.Otherwise = Play.Stall(Never, Play.Answer("late"));
        using var client = fixture.App.Client(model.Key);
        client.DefaultRequestHeaders.Add("x-llmconsole-timeout", "0.05");

        for (var i = 0; i < 12; i++)
        {
            using var answer = await client.PostAsync("/v1/chat/completions", new StringContent(model.Ask(), null, "application/json"), TestContext.Current.CancellationToken);
            ((int)answer.StatusCode).ShouldBe(504);
        }

        Health(model).ConsecutiveFailures.ShouldBe(0);
    }

    [Fact]
    public async Task Tier_ShorterDeadline_Wins()
    {
        await using var model = await PublishAsync(new ModelResilience { Retries = 0 });
        var tier = fixture.App.Configuration.Tiers.Values.Single(tier => tier.Name == model.Name);
        await fixture.App.PutAsync(tier with { Timeouts = new TimeoutLimits { FirstTokenSeconds = 1 } });
        model.Provider.Otherwise = Play.Stall(Never, Play.Answer("late"));

        var answer = await model.PostAsync(model.Ask("\"stream\":true"));

        (await answer.TextAsync()).ShouldContain("did not answer within 1 s");
        Health(model).ConsecutiveFailures.ShouldBe(0);
    }

    [Theory]
    [InlineData(true, 200)]
    [InlineData(false, 400)]
    public async Task ContextLength_IfTheModelSaysSo_FallsBackToALargerModel(bool contextFallback, int status)
    {
        await using var small = await PublishAsync(new ModelResilience { Retries = 0, ContextFallback = contextFallback });
        await using var large = await ScriptedModel.PublishAsync(fixture.App);
        await fixture.App.PutAsync(fixture.App.Configuration.FindModel(small.Name)! with { Fallbacks = [large.Name] });
        small.Provider.Otherwise = Play.Json("""{"error":{"message":"too long","code":"context_length_exceeded"}}""", 400);

        var answer = await small.PostAsync(small.Ask());

        ((int)answer.StatusCode).ShouldBe(status);
        large.Provider.Requests.Count.ShouldBe(contextFallback ? 1 : 0);
        if (contextFallback) answer.Headers.GetValues("x-llmconsole-model").ShouldBe([large.Name]);
    }

    [Theory]
    [InlineData("\"stream\":true")]
    [InlineData("")]
    public async Task Graceful_NobodyAnswers_IsANormalAnswerThatCostsNothing(string fields)
    {
        await using var model = await PublishAsync(new ModelResilience { Retries = 0, GracefulMessage = "We are resting. Come \"back\" later." });
        model.Provider.Otherwise = Play.Error(500);

        var answer = await model.PostAsync(model.Ask(fields));

        var text = await answer.TextAsync();
        ((int)answer.StatusCode, answer.Headers.GetValues("x-llmconsole-model").Single(), answer.Headers.GetValues("x-llmconsole-cost").Single()).ShouldBe((200, "graceful-message", "0"));
        text.ShouldContain("""We are resting. Come \"back\" later.""");
        text.ShouldContain("\"graceful\":true");
        text.EndsWith("data: [DONE]\n\n", StringComparison.Ordinal).ShouldBe(fields.Length > 0);
        var record = (await model.RecordsAsync()).ShouldHaveSingleItem();
        (record.Outcome, record.Status, record.ErrorCode, record.Cost.Nanos, record.ModelServed).ShouldBe((Outcome.Failed, 200, "upstream_error", 0, null));
    }

    [Fact]
    public async Task Graceful_UnderAnIdempotencyKey_LeavesTheKeyFree()
    {
        await using var model = await PublishAsync(new ModelResilience { Retries = 0, GracefulMessage = "We are resting." });
        model.Provider.Next(Play.Error(500), Play.Answer("awake"));
        using var client = fixture.App.Client(model.Key);
        client.DefaultRequestHeaders.Add("Idempotency-Key", "once");

        (await PostAsync(client, model)).ShouldContain("We are resting.");
        (await PostAsync(client, model)).ShouldContain("awake");
    }

    [Fact]
    public async Task Graceful_RequestsOwnFault_IsAnError()
    {
        await using var model = await PublishAsync(new ModelResilience { GracefulMessage = "We are resting." });
        model.Provider.Otherwise = Play.Error(400);

        ((int)(await model.PostAsync(model.Ask())).StatusCode).ShouldBe(400);
    }

    private static async Task<string> PostAsync(HttpClient client, ScriptedModel model)
    {
        using var answer = await client.PostAsync("/v1/chat/completions", new StringContent(model.Ask(), null, "application/json"), TestContext.Current.CancellationToken);
        return await answer.TextAsync();
    }

    private TargetStatus Health(ScriptedModel model)
    {
        var target = fixture.App.Configuration.FindModel(model.Name)!.Targets[0];
        return fixture.App.Services.GetRequiredService<HealthBook>().Find(target.ProviderId, target.Model)!;
    }

    private Task<ScriptedModel> PublishAsync(ModelResilience resilience, ModelTimeouts? timeouts = null) =>
        ScriptedModel.PublishAsync(fixture.App, with: model => model with { Resilience = resilience, Timeouts = timeouts ?? model.Timeouts });
}
