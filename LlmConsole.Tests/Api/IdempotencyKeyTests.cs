using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using LlmConsole.Core.Idempotency;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Storage;
using LlmConsole.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Api;

/// <summary>A request that is sent again under its key: over HTTP, against a provider that counts.</summary>
public sealed class IdempotencyKeyTests(AppFixture fixture) : IClassFixture<AppFixture>, IAsyncLifetime
{
    private const string Streaming = "\"stream\":true,\"stream_options\":{\"include_usage\":true}";
    private readonly string _key = $"k-{Guid.NewGuid():N}";
    private ScriptedModel _model = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _model = await ScriptedModel.PublishAsync(fixture.App);

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Theory]
    [InlineData("")]
    [InlineData(Streaming)]
    public async Task Again_Answered_IsTheSameAnswerAndNotACall(string fields)
    {
        var first = await SendAsync(_model.Ask(fields));
        var text = await first.TextAsync();

        var again = await SendAsync(_model.Ask(fields));

        (await again.TextAsync()).ShouldBe(text);
        text.ShouldContain("Hello.");
        again.Content.Headers.ContentType.ShouldBe(first.Content.Headers.ContentType);
        foreach (var name in (string[])["x-llmconsole-model", "x-llmconsole-attempts", "x-llmconsole-cache"]) Header(again, name).ShouldBe(Header(first, name));
        if (fields.Length == 0) Header(again, "x-llmconsole-cost").ShouldBe("0.000009");
        Header(again, "x-llmconsole-idempotent-replay").ShouldBe("true");
        Header(again, "x-llmconsole-original-request-id").ShouldBe(Header(first, "x-request-id"));
        Header(again, "x-request-id").ShouldNotBe(Header(first, "x-request-id"));
        first.Headers.Contains("x-llmconsole-idempotent-replay").ShouldBeFalse();
        await CalledOnceAsync(Outcome.Answered);
    }

    [Fact]
    public async Task Again_OfALimitedTenant_SaysWhereItsLimitsStand_AndCountsNothing()
    {
        var tier = fixture.App.Configuration.Tiers.Values.Single(tier => tier.Name == _model.Name);
        await fixture.App.PutAsync(tier with { RequestsPerMinute = 50 });
        await SendAsync(_model.Ask());

        var again = await SendAsync(_model.Ask());

        Header(again, "x-llmconsole-idempotent-replay").ShouldBe("true");
        (Header(again, "x-ratelimit-limit-requests"), Header(again, "x-ratelimit-remaining-requests")).ShouldBe(("50", "49"));
        Header(again, "RateLimit").ShouldStartWith("\"rpm\";r=49;t=");
    }

    [Theory]
    [InlineData("")]
    [InlineData(Streaming)]
    public async Task HundredAtOnce_Always_AskTheProviderOnce(string fields)
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => SendAsync(_model.Ask(fields))));

        answers.ShouldAllBe(answer => (int)answer.StatusCode == 200 || (int)answer.StatusCode == 409);
        var texts = await Task.WhenAll(answers.Where(answer => (int)answer.StatusCode == 200).Select(answer => answer.TextAsync()));
        texts.Distinct().ShouldHaveSingleItem().ShouldContain("Hello.");
        (await (await SendAsync(_model.Ask(fields))).TextAsync()).ShouldBe(texts[0]);
        await CalledOnceAsync(Outcome.Answered);
    }

    [Fact]
    public async Task Again_StillRunning_Is409()
    {
        var gate = new TaskCompletionSource();
        _model.Provider.Next(Play.Stall(gate.Task, Play.Answer("late")));
        var asking = SendAsync(_model.Ask());
        await _model.Provider.RequestAsync();

        var again = await SendAsync(_model.Ask());
        gate.SetResult();

        await RefusedAsync(again, 409, "idempotency_in_progress");
        again.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(1));
        (await (await asking).TextAsync()).ShouldContain("late");
        (await (await SendAsync(_model.Ask())).TextAsync()).ShouldContain("late");
        await CalledOnceAsync(Outcome.Answered);
    }

    [Fact]
    public async Task Again_OtherBodyOrPath_Is422()
    {
        var simple = $$"""{"model":"{{_model.Name}}","messages":[{"role":"user","content":"hi"}]}""";
        await SendAsync(simple);

        await RefusedAsync(await SendAsync(_model.Ask(text: "ho")), 422, "idempotency_mismatch");
        await RefusedAsync(await SendAsync(simple, path: "/chat"), 422, "idempotency_mismatch");
        await CalledOnceAsync(Outcome.Answered);
    }

    [Fact]
    public async Task Again_SimpleForm_IsTheSameStream()
    {
        var first = await (await SendAsync(_model.Ask(), path: "/chat")).TextAsync();

        var again = await SendAsync(_model.Ask(), path: "/chat/");

        (await again.TextAsync()).ShouldBe(first);
        first.ShouldBe("data: Hello.\n\nevent: done\ndata: [DONE]\n\n");
        Header(again, "x-llmconsole-idempotent-replay").ShouldBe("true");
        await CalledOnceAsync(Outcome.Answered);
    }

    [Fact]
    public async Task Again_RefusedBefore_Runs()
    {
        _model.Provider.Next(Play.Error(500));
        ((int)(await SendAsync(_model.Ask())).StatusCode).ShouldBe(502);

        (await (await SendAsync(_model.Ask())).TextAsync()).ShouldContain("Hello.");

        (await _model.RecordsAsync()).Select(record => record.Outcome).ShouldBe([Outcome.Failed, Outcome.Answered]);
    }

    [Fact]
    public async Task Again_BrokeOff_IsTheSameIncompleteAnswer()
    {
        _model.Provider.Next(Play.Stream(Sse.Delta("Hel"), StreamStep.Cut));
        var first = await (await SendAsync(_model.Ask("\"stream\":true"))).EventsAsync();

        var again = await (await SendAsync(_model.Ask("\"stream\":true"))).EventsAsync();

        again.SkipLast(1).ShouldBe(first.SkipLast(1));
        Message(again[^1]).ShouldBe(Message(first[^1]));
        Message(again[^1]).ShouldContain("new Idempotency-Key");
        again.ShouldNotContain("[DONE]");
        await CalledOnceAsync(Outcome.Incomplete);
    }

    [Fact]
    public async Task Again_ClientLeftInTheMiddle_IsWhatWasCharged()
    {
        _model.Provider.Next(Play.Stream(Sse.Delta("Hel"), new TaskCompletionSource().Task));
        using (var answer = await SendAsync(_model.Ask("\"stream\":true"), until: HttpCompletionOption.ResponseHeadersRead))
        {
            using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(Cancellation));
            (await lines.ReadLineAsync(Cancellation)).ShouldNotBeNull().ShouldContain("Hel");
        }

        await fixture.App.IdleAsync();
        var again = await (await SendAsync(_model.Ask("\"stream\":true"))).EventsAsync();

        again.Count.ShouldBe(2);
        again[0].ShouldContain("Hel");
        Message(again[1]).ShouldContain("client left");
        await CalledOnceAsync(Outcome.Abandoned);
    }

    [Fact]
    public async Task Again_ClientLeftBeforeTheFirstByte_Runs()
    {
        using var leaving = new CancellationTokenSource();
        _model.Provider.Next(Play.Stall(new TaskCompletionSource().Task, Play.Answer("late")));
        var asking = SendAsync(_model.Ask(), cancellation: leaving.Token);
        await _model.Provider.RequestAsync();
        await leaving.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => asking);
        await fixture.App.IdleAsync();

        (await (await SendAsync(_model.Ask())).TextAsync()).ShouldContain("Hello.");
    }

    [Fact]
    public async Task Again_AnswerTooLarge_IsRefusedForGood()
    {
        _model.Provider.Next(Play.Answer(new string('a', 4 * 1024 * 1024)));
        (await (await SendAsync(_model.Ask())).TextAsync()).Length.ShouldBeGreaterThan(4 * 1024 * 1024);

        var again = await SendAsync(_model.Ask());

        await RefusedAsync(again, 409, "idempotency_answer_unavailable");
        Header(again, "x-should-retry").ShouldBe("false");
        await CalledOnceAsync(Outcome.Answered);
    }

    [Fact]
    public async Task Again_KilledBeforeTheAnswerWasKept_IsRefusedIfItWasCharged()
    {
        await SendAsync(_model.Ask());
        await fixture.App.IdleAsync();
        await ChangeAsync(set => set.SetProperty(row => row.State, IdempotencyState.Running).SetProperty(row => row.Answer, (byte[]?)null).SetProperty(row => row.LeaseUntil, DateTimeOffset.UnixEpoch));

        await RefusedAsync(await SendAsync(_model.Ask()), 409, "idempotency_answer_unavailable");
        await CalledOnceAsync(Outcome.Answered);

        await ChangeAsync(set => set.SetProperty(row => row.State, IdempotencyState.Running).SetProperty(row => row.RequestId, "req_never_booked"));
        (await SendAsync(_model.Ask())).EnsureSuccessStatusCode();
        _model.Provider.Requests.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Again_ByAKeyThatMayNotUseTheModel_Is403()
    {
        await SendAsync(_model.Ask());
        var narrow = await fixture.App.IssueKeyAsync(_model.Name, key => key with { Models = ["other"] });

        await RefusedAsync(await SendAsync(_model.Ask(), key: narrow), 403, "model_not_allowed");
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    public async Task Key_NotVisibleAscii_Is400(string key) => await BadKeyAsync(key);

    [Fact]
    public async Task Key_TooLong_Is400() => await BadKeyAsync(new string('k', 256));

    [Fact]
    public async Task Key_SentTwice_Is400() => await BadKeyAsync("a", "b");

    private async Task BadKeyAsync(params string[] keys)
    {
        using var client = fixture.App.Client(_model.Key);
        using var request = Post(_model.Ask(), "/v1/chat/completions", keys);

        var answer = await client.SendAsync(request, Cancellation);

        await RefusedAsync(answer, 400, "invalid_value");
        (await answer.TextAsync()).ShouldContain("\"param\":\"Idempotency-Key\"");
        _model.Provider.Requests.ShouldBeEmpty();
    }

    private async Task<HttpResponseMessage> SendAsync(
        string json, string path = "/v1/chat/completions", string? key = null, HttpCompletionOption until = HttpCompletionOption.ResponseContentRead, CancellationToken? cancellation = null)
    {
        using var client = fixture.App.Client(key ?? _model.Key);
        return await client.SendAsync(Post(json, path, _key), until, cancellation ?? Cancellation);
    }

    private static HttpRequestMessage Post(string json, string path, params string[] keys)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(json)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        foreach (var key in keys) request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        return request;
    }

    private async Task ChangeAsync(Action<Microsoft.EntityFrameworkCore.Query.UpdateSettersBuilder<IdempotencyRecord>> change)
    {
        await using var db = await fixture.App.Services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>().CreateDbContextAsync(Cancellation);
        (await db.Set<IdempotencyRecord>().Where(row => row.Key == _key).ExecuteUpdateAsync(change, Cancellation)).ShouldBe(1);
    }

    private async Task CalledOnceAsync(Outcome outcome)
    {
        _model.Provider.Requests.ShouldHaveSingleItem();
        var record = (await _model.RecordsAsync()).ShouldHaveSingleItem();
        record.Outcome.ShouldBe(outcome);
        record.Cost.Nanos.ShouldBeGreaterThan(0);
    }

    private static async Task RefusedAsync(HttpResponseMessage answer, int status, string code)
    {
        ((int)answer.StatusCode).ShouldBe(status);
        JsonSerializer.Deserialize<JsonElement>(await answer.TextAsync()).GetProperty("error").GetProperty("code").GetString().ShouldBe(code);
    }

    private static string Message(string json) => JsonSerializer.Deserialize<JsonElement>(json).GetProperty("error").GetProperty("message").GetString()!;

    private static string Header(HttpResponseMessage answer, string name) => answer.Headers.GetValues(name).ShouldHaveSingleItem();
}
