using System.Text.Json;
using LlmConsole.Core;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Wire;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Api;

/// <summary>How a call can end, and what stands in the books then.</summary>
public sealed class EndingsTests(AppFixture fixture) : IClassFixture<AppFixture>, IAsyncLifetime
{
    private ScriptedModel _model = null!;

    public async ValueTask InitializeAsync() => _model = await ScriptedModel.PublishAsync(fixture.App);

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Fact]
    public async Task Answered_Streaming_HasTheHeadersOfAStream()
    {
        var answer = await _model.PostAsync(_model.Ask("\"stream\":true"));

        answer.Content.Headers.ContentType!.ToString().ShouldBe("text/event-stream; charset=utf-8");
        answer.Headers.NonValidated["Cache-Control"].ToString().ShouldBe("no-cache, no-transform");
        answer.Headers.GetValues("X-Accel-Buffering").ShouldBe(["no"]);
        answer.Headers.GetValues("x-llmconsole-model").ShouldBe([_model.Name]);
        answer.Headers.GetValues("x-llmconsole-attempts").ShouldBe(["1"]);
        var record = (await _model.RecordsAsync()).ShouldHaveSingleItem();
        record.RequestId.ShouldBe(answer.Headers.GetValues("x-request-id").Single());
        (record.Outcome, record.Status, record.FinishReason, record.UsageSource).ShouldBe((Outcome.Answered, 200, "stop", UsageSource.Provider));
    }

    [Fact]
    public async Task Answered_Whole_TellsItsCost()
    {
        _model.Provider.Next(Play.Answer("a", promptTokens: 1_000, outputTokens: 500));

        var answer = await _model.PostAsync(_model.Ask("\"metadata\":{\"task\":\"nightly\"}"));

        answer.Headers.GetValues("x-llmconsole-cost").ShouldBe(["0.002"]);
        var record = (await _model.RecordsAsync()).ShouldHaveSingleItem();
        record.Cost.ShouldBe(Usd.FromDollars(0.002m));
        record.Task.ShouldBe("nightly");
        record.PriceVersion.ShouldBe(1);
    }

    [Fact]
    public async Task Abandoned_InTheMiddle_CancelsTheProvider()
    {
        _model.Provider.Next(Play.Stream(Sse.Delta("Hel"), Never(), Sse.Done));

        using (var answer = await _model.BeginAsync(_model.Ask("\"stream\":true")))
        {
            using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
            (await lines.ReadLineAsync(TestContext.Current.CancellationToken)).ShouldNotBeNull().ShouldContain("Hel");
        }

        await (await _model.Provider.RequestAsync()).Aborted.WaitAsync(TestContext.Current.CancellationToken);
        var record = (await _model.RecordsAsync()).ShouldHaveSingleItem();
        (record.Outcome, record.Status, record.Attempts).ShouldBe((Outcome.Abandoned, 200, 1));
        record.UsageSource.ShouldBe(UsageSource.Estimated);
        record.OutputTokens.ShouldBeGreaterThan(0);
        record.Cost.ShouldBeGreaterThan(Usd.Zero);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"stream\":true")]
    public async Task Abandoned_BeforeTheFirstByte_CancelsTheProvider(string fields)
    {
        using var leaving = new CancellationTokenSource();
        _model.Provider.Next(Play.Stall(Never(), Play.Answer("too late")));

        var asking = _model.BeginAsync(_model.Ask(fields), leaving.Token);
        var request = await _model.Provider.RequestAsync();
        await leaving.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => asking);
        await request.Aborted.WaitAsync(TestContext.Current.CancellationToken);
        var record = (await _model.RecordsAsync()).ShouldHaveSingleItem();
        (record.Outcome, record.Status, record.Attempts).ShouldBe((Outcome.Abandoned, 499, 1));
    }

    [Fact]
    public async Task Incomplete_ProviderCuts_EndsWithAnErrorEventAndNoDone()
    {
        _model.Provider.Next(Play.Stream(Sse.Role(), Sse.Delta("Hel"), StreamStep.Cut));

        var events = await (await _model.PostAsync(_model.Ask("\"stream\":true"))).EventsAsync();

        events[1].ShouldContain("Hel");
        JsonSerializer.Deserialize<JsonElement>(events[^1]).GetProperty("error").GetProperty("code").GetString().ShouldBe("upstream_error");
        events.ShouldNotContain("[DONE]");
        (await _model.RecordsAsync()).ShouldHaveSingleItem().Outcome.ShouldBe(Outcome.Incomplete);
    }

    [Fact]
    public async Task Incomplete_ErrorEventFromTheProvider_IsToldInOurWords()
    {
        _model.Provider.Next(Play.Stream(Sse.Delta("Hel"), Sse.Event("{\"error\":{\"message\":\"account acct-secret\"}}"), Sse.Done));

        var text = await (await _model.PostAsync(_model.Ask("\"stream\":true"))).TextAsync();

        text.ShouldContain("\"error\"");
        text.ShouldNotContain("acct-secret");
        text.ShouldNotContain("[DONE]");
    }

    public static TheoryData<string> Unreadable => ["<html>busy</html>", "", "{\"choices\":[", "{\"error\":{\"message\":\"no\"}}", "[]"];

    [Theory]
    [MemberData(nameof(Unreadable))]
    public async Task Failed_ProviderSendsNoAnswer_Is502(string body)
    {
        _model.Provider.Next(Play.Json(body), Play.Json(body));

        foreach (var fields in new[] { "", "\"stream\":true" })
        {
            var answer = await _model.PostAsync(_model.Ask(fields));

            ((int)answer.StatusCode).ShouldBe(502);
            (await answer.TextAsync()).ShouldContain("upstream_error");
        }

        (await _model.RecordsAsync()).ShouldAllBe(record => record.Outcome == Outcome.Failed && record.Cost == Usd.Zero);
    }

    [Fact]
    public async Task Failed_ProviderResets_Is502()
    {
        _model.Provider.Next(Play.Reset);

        ((int)(await _model.PostAsync(_model.Ask())).StatusCode).ShouldBe(502);
    }

    [Fact]
    public async Task Failed_ProviderThrottles_IsOverloadedWithItsRetryAfter()
    {
        _model.Provider.Next(Play.Error(429, headers: ("Retry-After", "7")));

        var answer = await _model.PostAsync(_model.Ask());

        ((int)answer.StatusCode).ShouldBe(503);
        answer.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(7));
    }

    private static Task Never() => new TaskCompletionSource().Task;
}
