using System.ClientModel;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Tests.Clients;
using LlmConsole.Tests.Support;
using OpenAI.Chat;

namespace LlmConsole.Tests.Providers;

/// <summary>The OpenAI package against a model that Anthropic serves.</summary>
public sealed class AnthropicVendorTests(AppFixture fixture) : IClassFixture<AppFixture>, IAsyncLifetime
{
    private static readonly ChatTool Weather = ChatTool.CreateFunctionTool(
        "get_weather", "The weather at a place.", BinaryData.FromString("""{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"""));

    private readonly RunningApp _app = fixture.App;
    private ScriptedProvider _server = null!;
    private string _model = "";
    private string _key = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private ChatClient Chat => OpenAISdk.Chat(_app, _key, _model);

    public async ValueTask InitializeAsync()
    {
        _server = await ScriptedProvider.StartAsync();
        _server.Otherwise = ScriptedAnthropic.Answer;
        _key = await _app.IssueKeyAsync();
        _model = await VendorModel.PublishAsync(_app, ProviderKind.Anthropic, new Uri(_server.BaseUrl, "/"), "claude-1");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task CompleteChat_TextToolsAndUsage_AreTranslatedAndMeteredInDisjointBuckets()
    {
        ChatCompletion answer = await Chat.CompleteChatAsync([new UserChatMessage("hi")], new ChatCompletionOptions { Tools = { Weather } }, Cancellation);

        answer.Content[0].Text.ShouldBe("Hello, žluť 😀");
        answer.FinishReason.ShouldBe(ChatFinishReason.ToolCalls);
        var call = answer.ToolCalls.ShouldHaveSingleItem();
        (call.Id, call.FunctionName, call.FunctionArguments.ToString()).ShouldBe(("toolu_1", "get_weather", """{"city":"Brno"}"""));
        (answer.Usage.InputTokenCount, answer.Usage.InputTokenDetails.CachedTokenCount, answer.Usage.OutputTokenCount).ShouldBe((43, 11, 15));
        BooksAre(await _app.RecordsOfAsync(_key));
    }

    [Fact]
    public async Task CompleteChatStreaming_TextToolsAndUsage_AreTranslatedAndMeteredInDisjointBuckets()
    {
        var updates = new List<StreamingChatCompletionUpdate>();

        await foreach (var update in Chat.CompleteChatStreamingAsync([new UserChatMessage("hi")], new ChatCompletionOptions { Tools = { Weather } }, Cancellation)) updates.Add(update);

        string.Concat(updates.SelectMany(update => update.ContentUpdate).Select(part => part.Text)).ShouldBe("Hello, žluť 😀");
        string.Concat(updates.SelectMany(update => update.ToolCallUpdates).Select(call => call.FunctionArgumentsUpdate)).ShouldBe("""{"city":"Brno"}""");
        updates.Select(update => update.FinishReason).OfType<ChatFinishReason>().ShouldHaveSingleItem().ShouldBe(ChatFinishReason.ToolCalls);
        updates.Select(update => update.Usage).OfType<ChatTokenUsage>().ShouldHaveSingleItem().InputTokenDetails.CachedTokenCount.ShouldBe(11);
        BooksAre(await _app.RecordsOfAsync(_key));
    }

    [Fact]
    public async Task Request_OfEveryPart_ArrivesInAnthropicsWords()
    {
        var options = new ChatCompletionOptions { Tools = { Weather }, ToolChoice = ChatToolChoice.CreateFunctionChoice("get_weather"), MaxOutputTokenCount = 99, StopSequences = { "END" } };
        List<ChatMessage> messages =
        [
            new SystemChatMessage("Be short."),
            new UserChatMessage(ChatMessageContentPart.CreateTextPart("What is this?"), ChatMessageContentPart.CreateImagePart(BinaryData.FromBytes([0x89, 0x50, 0x4E, 0x47]), "image/png"), ChatMessageContentPart.CreateImagePart(new Uri("https://example.com/a.png"))),
            new AssistantChatMessage([ChatToolCall.CreateFunctionToolCall("c1", "get_weather", BinaryData.FromString("""{"city":"Brno"}"""))]),
            new ToolChatMessage("c1", "sunny"),
        ];

        await Chat.CompleteChatAsync(messages, options, Cancellation);

        var request = await _server.RequestAsync();
        request.Path.ShouldBe("/v1/messages");
        request.Headers["Authorization"].ShouldBe("Bearer sk-upstream-0123456789");
        request.Headers.Values.ShouldAllBe(value => !value.Contains(_key));
        var json = request.Json;
        (json.GetProperty("model").GetString(), json.GetProperty("max_tokens").GetInt32()).ShouldBe(("claude-1", 99));
        json.GetProperty("system")[0].GetProperty("text").GetString().ShouldBe("Be short.");
        json.GetProperty("stop_sequences")[0].GetString().ShouldBe("END");
        json.GetProperty("tool_choice").GetProperty("name").GetString().ShouldBe("get_weather");
        var content = json.GetProperty("messages")[0].GetProperty("content");
        content[1].GetProperty("source").GetProperty("data").GetString().ShouldBe("iVBORw==");
        content[2].GetProperty("source").GetProperty("url").GetString().ShouldBe("https://example.com/a.png");
        json.GetProperty("messages")[1].GetProperty("content")[0].GetProperty("input").GetProperty("city").GetString().ShouldBe("Brno");
        json.GetProperty("messages")[2].GetProperty("content")[0].GetProperty("tool_use_id").GetString().ShouldBe("c1");
    }

    [Fact]
    public async Task Request_WithCacheControlAndSchema_KeepsThem()
    {
        using var client = _app.Client(_key);
        var body = """
            {"model":"the-model","messages":[{"role":"user","content":[{"type":"text","text":"long","cache_control":{"type":"ephemeral","ttl":"1h"}}]}],"reasoning_effort":"high",
            "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object","properties":{"n":{"type":"string"}},"required":["n"],"additionalProperties":false}}}}
            """;

        using var answer = await client.PostAsync("/v1/chat/completions", Json(body.Replace("the-model", _model, StringComparison.Ordinal)), Cancellation);

        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.TextAsync());
        (await answer.TextAsync()).ShouldContain("\"reasoning_content\":\"Let me see.\"");
        var json = (await _server.RequestAsync()).Json;
        json.GetProperty("messages")[0].GetProperty("content")[0].GetProperty("cache_control").GetProperty("ttl").GetString().ShouldBe("1h");
        json.GetProperty("output_config").GetProperty("format").GetProperty("schema").GetProperty("required")[0].GetString().ShouldBe("n");
        json.TryGetProperty("thinking", out _).ShouldBeTrue();
    }

    [Theory]
    [InlineData(401, "authentication_error", 502, "upstream_error")]
    [InlineData(429, "rate_limit_error", 503, "overloaded")]
    [InlineData(529, "overloaded_error", 503, "overloaded")]
    [InlineData(500, "api_error", 502, "upstream_error")]
    [InlineData(400, "invalid_request_error", 400, "invalid_value")]
    public async Task Refusal_OfAnthropic_IsOneOfOurs(int theirs, string type, int ours, string code)
    {
        _server.Otherwise = ScriptedAnthropic.Error(theirs, type, "no", ("Retry-After", "7"));

        foreach (var isStream in (bool[])[false, true])
        {
            using var answer = await AskAsync(isStream);

            ((int)answer.StatusCode).ShouldBe(ours);
            (await answer.TextAsync()).ShouldContain($"\"code\":\"{code}\"");

            // The second call is told what is left of it.
            if (ours == 503) answer.Headers.RetryAfter!.Delta!.Value.ShouldBeInRange(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(7));
        }
    }

    [Fact]
    public async Task Refusal_PromptTooLong_HasOpenAIsCode()
    {
        _server.Otherwise = ScriptedAnthropic.Error(400, "invalid_request_error", "prompt is too long: 300000 tokens > 200000 maximum");

        var thrown = await Should.ThrowAsync<ClientResultException>(() => Chat.CompleteChatAsync([new UserChatMessage("hi")], cancellationToken: Cancellation));

        thrown.Message.ShouldContain("context_length_exceeded");
    }

    [Fact]
    public async Task Stream_EndingInTheMiddle_IsIncompleteAndHasNoDone()
    {
        _server.Otherwise = Play.Stream([.. ScriptedAnthropic.Events.Take(9).Select(line => (StreamStep)line)]);

        using var answer = await AskAsync(isStream: true);

        var text = await answer.TextAsync();
        text.ShouldContain("\"error\"");
        text.ShouldNotContain("[DONE]");
        (await _app.RecordsOfAsync(_key)).ShouldHaveSingleItem().Outcome.ShouldBe(Outcome.Incomplete);
    }

    [Fact]
    public async Task Caller_LeavingInTheMiddle_StopsAnthropic()
    {
        _server.Otherwise = Play.Stream([.. ScriptedAnthropic.Events.Take(9).Select(line => (StreamStep)line), new TaskCompletionSource().Task]);

        using (var answer = await AskAsync(isStream: true))
        {
            using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Cancellation));
            (await reader.ReadLineAsync(Cancellation)).ShouldNotBeNull();
        }

        await (await _server.RequestAsync()).Aborted.WaitAsync(Cancellation);
        (await _app.RecordsOfAsync(_key)).ShouldHaveSingleItem().Outcome.ShouldBe(Outcome.Abandoned);
    }

    private Task<HttpResponseMessage> AskAsync(bool isStream)
    {
        var body = $$"""{"model":"{{_model}}","messages":[{"role":"user","content":"hi"}],"stream":{{(isStream ? "true" : "false")}}}""";
        return _app.Client(_key).SendAsync(new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Json(body) }, HttpCompletionOption.ResponseHeadersRead, Cancellation);
    }

    private static StringContent Json(string body) => new(body, System.Text.Encoding.UTF8, "application/json");

    private static void BooksAre(IReadOnlyList<UsageRecord> records)
    {
        var record = records.ShouldHaveSingleItem();
        (record.InputTokens, record.CachedInputTokens, record.CacheWriteTokens, record.OutputTokens).ShouldBe((25, 11, 7, 15));
        record.UsageSource.ShouldBe(Core.Wire.UsageSource.Provider);

        // (25 + 7) at $1, 11 at $0.10 and 15 at $2 per million.
        record.Cost.Nanos.ShouldBe(32_000 + 1_100 + 30_000);
    }
}
