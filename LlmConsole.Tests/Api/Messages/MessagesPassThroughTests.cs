using System.Net;
using System.Text;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Providers;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Api.Messages;

/// <summary>What comes in Anthropic's shape and goes to Anthropic: untouched on both ways, and on the books all the same.</summary>
public sealed class MessagesPassThroughTests(AppFixture fixture) : IClassFixture<AppFixture>, IAsyncLifetime
{
    private readonly RunningApp _app = fixture.App;
    private ScriptedProvider _server = null!;
    private string _key = "";
    private string _model = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await ScriptedProvider.StartAsync();
        _server.Otherwise = ScriptedAnthropic.Answer;
        _key = await _app.IssueKeyAsync();
        _model = await VendorModel.PublishAsync(_app, ProviderKind.Anthropic, new Uri(_server.BaseUrl, "/"), "claude-1");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Request_ToAnthropic_ArrivesByteForByteButForTheModel()
    {
        const string Rest = """,  "max_tokens":99, "thinking":{"type":"enabled","budget_tokens":1024},"top_k":5,"future":{"a":[1.50]},"system":[{"type":"text","text":"Be short.","cache_control":{"type":"ephemeral"}}],"messages":[{"role":"user","content":[{"type":"text","text":"žluť \ud83d\ude00"}]}]}""";

        using var answer = await PostAsync($$"""{ "model": "{{_model}}"{{Rest}}""", ("anthropic-version", "2023-06-01"), ("anthropic-beta", "a-2027,b-2027"));

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var request = await _server.RequestAsync();
        request.Text.ShouldBe($$"""{ "model": "claude-1"{{Rest}}""");
        (request.Path, request.Headers["anthropic-version"], request.Headers["anthropic-beta"]).ShouldBe(("/v1/messages", "2023-06-01", "a-2027,b-2027"));
        request.Headers["Authorization"].ShouldBe("Bearer sk-upstream-0123456789");
    }

    [Fact]
    public async Task Answers_OfAnthropic_ReachTheClientByteForByte()
    {
        using var whole = await PostAsync(Ask(""));
        using var streamed = await PostAsync(Ask(",\"stream\":true"));

        (await whole.TextAsync()).ShouldBe(ScriptedAnthropic.Message);
        streamed.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        (await streamed.TextAsync()).ShouldBe(string.Concat(ScriptedAnthropic.Events));
        foreach (var record in await _app.RecordsOfAsync(_key))
        {
            (record.Outcome, record.InputTokens, record.CachedInputTokens, record.CacheWriteTokens, record.OutputTokens).ShouldBe((Outcome.Answered, 25, 11, 7, 15));
            record.FinishReason.ShouldBe("tool_calls");
        }
    }

    [Fact]
    public async Task Version_WhenTheClientNamesNone_IsTheOneThatThePackageSpeaks()
    {
        using var package = await _app.Client(_key).PostAsync("/v1/chat/completions", Json($$"""{"model":"{{_model}}","messages":[{"role":"user","content":"hi"}]}"""), Cancellation);
        using var native = await PostAsync(Ask(""));

        _server.Requests.Select(request => request.Headers["anthropic-version"]).ShouldBe([AnthropicVendor.ApiVersion, AnthropicVendor.ApiVersion]);
    }

    [Fact]
    public async Task Stream_CutInTheMiddle_EndsWithAnErrorEventAndNoStop()
    {
        _server.Otherwise = Play.Stream([.. ScriptedAnthropic.Events.Take(9).Select(line => (StreamStep)line), StreamStep.Cut]);

        using var answer = await PostAsync(Ask(",\"stream\":true"));

        var text = await answer.TextAsync();
        text.ShouldStartWith(string.Concat(ScriptedAnthropic.Events.Take(9)));
        text.ShouldContain("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\"");
        text.ShouldNotContain("message_stop");
        (await _app.RecordsOfAsync(_key)).ShouldHaveSingleItem().Outcome.ShouldBe(Outcome.Incomplete);
    }

    [Fact]
    public async Task ErrorEvent_InTheMiddle_EndsTheAnswer()
    {
        _server.Otherwise = Play.Stream([.. ScriptedAnthropic.Events.Take(9).Select(line => (StreamStep)line), ScriptedAnthropic.Event("error", """{"type":"error","error":{"type":"overloaded_error","message":"secret account"}}""")]);

        using var answer = await PostAsync(Ask(",\"stream\":true"));

        var text = await answer.TextAsync();
        text.ShouldContain("event: error");
        text.ShouldNotContain("secret account");
    }

    [Fact]
    public async Task Fallback_FromAnthropicToAnotherVendor_AnswersInAnthropicsShape()
    {
        _server.Otherwise = ScriptedAnthropic.Error(529, "overloaded_error", "Overloaded");
        var model = _app.Configuration.FindModel(_model)!;
        await _app.PutAsync(model with { Fallbacks = ["simulator/echo"] });

        using var answer = await PostAsync(Ask(",\"stream\":true"));

        var text = await answer.TextAsync();
        text.ShouldStartWith("event: message_start\ndata: {\"type\":\"message_start\"");
        text.ShouldContain("\"text_delta\",\"text\":\"hi\"");
        text.ShouldEndWith("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
    }

    [Fact]
    public async Task Cap_BelowWhatIsAsked_IsTheOnlyOtherChange()
    {
        var name = $"t-{Guid.NewGuid():N}";
        await _app.CreateTierAsync(name, tier => tier with { MaxOutputTokens = 50 });
        await _app.CreateTenantAsync(name, name);
        _key = await _app.IssueKeyAsync(name);

        using var answer = await PostAsync(Ask(",\"top_k\":5"));

        (await _server.RequestAsync()).Text.ShouldBe("""{"model":"claude-1","max_tokens":50,"messages":[{"role":"user","content":"hi"}],"top_k":5}""");
    }

    [Theory]
    [InlineData(ProviderKind.OpenAICompatible, "max_tokens")]
    [InlineData(ProviderKind.AzureOpenAI, "max_completion_tokens")]
    public async Task Cap_ForAnotherVendor_HasThatVendorsName(ProviderKind kind, string field)
    {
        _server.Otherwise = Play.Answer("Hello.");
        _model = await VendorModel.PublishAsync(_app, kind, new Uri(_server.BaseUrl, kind == ProviderKind.AzureOpenAI ? "/" : "/v1"), "m");

        using var answer = await PostAsync(Ask(",\"stream\":true"));

        (await answer.TextAsync()).ShouldContain("\"text\":\"Hello.\"");
        var json = (await _server.RequestAsync()).Json;
        json.GetProperty(field).GetInt32().ShouldBe(99);
        json.GetProperty("stream_options").GetProperty("include_usage").GetBoolean().ShouldBeTrue();
    }

    [Theory]
    [InlineData("")]
    [InlineData(",\"stream\":true")]
    public async Task Repetition_UnderItsKey_GetsTheSameBytes(string fields)
    {
        var key = Guid.NewGuid().ToString();

        using var first = await PostAsync(Ask(fields), ("Idempotency-Key", key));
        using var again = await PostAsync(Ask(fields), ("Idempotency-Key", key));

        (await again.TextAsync()).ShouldBe(await first.TextAsync());
        again.Headers.GetValues("x-llmconsole-idempotent-replay").ShouldBe(["true"]);
        (await _app.RecordsOfAsync(_key)).ShouldHaveSingleItem();
    }

    private string Ask(string fields) => $$"""{"model":"{{_model}}","max_tokens":99,"messages":[{"role":"user","content":"hi"}]{{fields}}}""";

    private Task<HttpResponseMessage> PostAsync(string body, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/messages") { Content = Json(body) };
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return _app.Client(_key).SendAsync(request, Cancellation);
    }

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");
}
