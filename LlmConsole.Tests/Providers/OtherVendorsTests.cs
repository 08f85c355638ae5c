using System.Net;
using System.Text;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Providers;
using LlmConsole.Tests.Clients;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using OpenAI.Chat;

namespace LlmConsole.Tests.Providers;

/// <summary>Ollama and Azure OpenAI, each as a scripted server that speaks its wire.</summary>
public sealed class OtherVendorsTests(AppFixture fixture) : IClassFixture<AppFixture>, IAsyncLifetime
{
    private static readonly ChatTool Weather = ChatTool.CreateFunctionTool("get_weather", "The weather.", BinaryData.FromString("""{"type":"object","properties":{"city":{"type":"string"}}}"""));

    private readonly RunningApp _app = fixture.App;
    private ScriptedProvider _server = null!;
    private string _key = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await ScriptedProvider.StartAsync();
        _key = await _app.IssueKeyAsync();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Ollama_Stream_IsTranslatedWithEachToolCallItsOwnIndex()
    {
        var chat = await OllamaAsync();
        var updates = new List<StreamingChatCompletionUpdate>();

        await foreach (var update in chat.CompleteChatStreamingAsync([new UserChatMessage("hi")], new ChatCompletionOptions { Tools = { Weather } }, Cancellation)) updates.Add(update);

        string.Concat(updates.SelectMany(update => update.ContentUpdate).Select(part => part.Text)).ShouldBe("Hello, žluť 😀");
        updates.SelectMany(update => update.ToolCallUpdates).Select(call => (call.Index, call.FunctionName)).ShouldBe([(0, "get_weather"), (1, "get_time")]);
        updates.Select(update => update.FinishReason).OfType<ChatFinishReason>().ShouldHaveSingleItem().ShouldBe(ChatFinishReason.ToolCalls);
        var record = (await _app.RecordsOfAsync(_key)).ShouldHaveSingleItem();
        (record.InputTokens, record.OutputTokens, record.ProviderModel).ShouldBe((26, 9, "llama-1"));
        (await _server.RequestAsync()).Path.ShouldBe("/api/chat");
    }

    [Fact]
    public async Task Ollama_Completion_IsTranslated()
    {
        ChatCompletion answer = await (await OllamaAsync()).CompleteChatAsync(
            [new SystemChatMessage("Be short."), new UserChatMessage(ChatMessageContentPart.CreateTextPart("What?"), ChatMessageContentPart.CreateImagePart(BinaryData.FromBytes([0x89, 0x50]), "image/png"))],
            new ChatCompletionOptions { MaxOutputTokenCount = 99 }, Cancellation);

        answer.Content[0].Text.ShouldBe("Hello, žluť 😀");
        answer.FinishReason.ShouldBe(ChatFinishReason.Stop);
        var json = (await _server.RequestAsync()).Json;
        json.GetProperty("options").GetProperty("num_predict").GetInt32().ShouldBe(99);
        json.GetProperty("messages")[1].GetProperty("images")[0].GetString().ShouldBe("iVA=");
    }

    [Theory]
    [InlineData("""{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]}""", "")]
    [InlineData("""{"role":"user","content":"hi"}""", ",\"n\":2")]
    public async Task Ollama_WhatItHasNoWordsFor_IsRefusedInsteadOfLeftOut(string message, string fields)
    {
        var model = await VendorModel.PublishAsync(_app, ProviderKind.Ollama, _server.BaseUrl, "llama-1");

        using var answer = await PostAsync("/v1/chat/completions", $$"""{"model":"{{model}}","messages":[{{message}}]{{fields}}}""");

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        _server.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Ollama_CutStream_IsIncomplete()
    {
        var model = await VendorModel.PublishAsync(_app, ProviderKind.Ollama, _server.BaseUrl, "llama-1");
        _server.Otherwise = ScriptedOllama.Cut;

        using var answer = await PostAsync("/v1/chat/completions", $$"""{"model":"{{model}}","stream":true,"messages":[{"role":"user","content":"hi"}]}""");

        (await answer.TextAsync()).ShouldNotContain("[DONE]");
        (await _app.RecordsOfAsync(_key)).ShouldHaveSingleItem().Outcome.ShouldBe(Outcome.Incomplete);
    }

    [Theory]
    [InlineData(404, HttpStatusCode.BadGateway)]
    [InlineData(503, HttpStatusCode.ServiceUnavailable)]
    public async Task Ollama_Refusal_IsOneOfOurs(int theirs, HttpStatusCode ours)
    {
        var model = await VendorModel.PublishAsync(_app, ProviderKind.Ollama, _server.BaseUrl, "llama-1");
        _server.Otherwise = Play.Json("""{"error":"model 'llama-1' not found"}""", theirs, ("Retry-After", "9"));

        using var answer = await PostAsync("/v1/chat/completions", $$"""{"model":"{{model}}","stream":true,"messages":[{"role":"user","content":"hi"}]}""");

        answer.StatusCode.ShouldBe(ours);
        if (theirs == 503) answer.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(9));
    }

    [Theory]
    [InlineData(ProviderKind.Anthropic)]
    [InlineData(ProviderKind.Ollama)]
    public async Task Vendor_ThatIsNotThere_IsOurFailure(ProviderKind kind)
    {
        var address = _server.BaseUrl;
        await _server.DisposeAsync();
        var model = await VendorModel.PublishAsync(_app, kind, new Uri(address, "/"), "m");

        using var answer = await PostAsync("/v1/chat/completions", $$"""{"model":"{{model}}","messages":[{"role":"user","content":"hi"}]}""");

        answer.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        (await _app.RecordsOfAsync(_key)).ShouldHaveSingleItem().Outcome.ShouldBe(Outcome.Failed);
    }

    [Theory]
    [InlineData(ProviderKind.Anthropic)]
    [InlineData(ProviderKind.Ollama)]
    [InlineData(ProviderKind.AzureOpenAI)]
    public async Task Probe_OfEachKind_ListsItsModels(ProviderKind kind)
    {
        var provider = await _app.CreateProviderAsync(new Uri(_server.BaseUrl, "/"), "sk-upstream-0123456789", kind);
        if (kind == ProviderKind.AzureOpenAI) _server.Otherwise = Play.Json("""{"object":"list","data":[{"id":"m","object":"model"}]}""");

        var result = await _app.Services.GetRequiredService<ProviderProbe>().TestAsync(provider, null, Cancellation);

        (result.Ok, result.Status).ShouldBe((true, 200), result.Message);
        result.Models.ShouldBe(["m"]);
    }

    [Theory]
    [InlineData("", "/openai/v1/chat/completions")]
    [InlineData("?api-version=2024-10-21", "/openai/deployments/my%20model/chat/completions?api-version=2024-10-21")]
    public async Task Azure_Request_ArrivesByteForByteUnderItsAddressAndHeader(string version, string path)
    {
        var model = await VendorModel.PublishAsync(_app, ProviderKind.AzureOpenAI, new Uri(_server.BaseUrl, "/" + version), "my model");
        const string Fields = ""","messages":[{"role":"user","content":"hi"}],  "future_field":{"a":[1.50]},"max_completion_tokens":9}""";

        using var answer = await PostAsync("/v1/chat/completions", $$"""{"model":"{{model}}"{{Fields}}""");

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var request = await _server.RequestAsync();
        request.Path.Replace("my model", "my%20model", StringComparison.Ordinal).ShouldBe(path);
        request.Text.ShouldBe($$"""{"model":"my model"{{Fields}}""");
        request.Headers["api-key"].ShouldBe("sk-upstream-0123456789");
        request.Headers.ShouldNotContainKey("Authorization");
    }

    private async Task<ChatClient> OllamaAsync()
    {
        _server.Otherwise = ScriptedOllama.Answer;
        return OpenAISdk.Chat(_app, _key, await VendorModel.PublishAsync(_app, ProviderKind.Ollama, _server.BaseUrl, "llama-1", apiKey: null));
    }

    private Task<HttpResponseMessage> PostAsync(string path, string body) =>
        _app.Client(_key).PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"), Cancellation);
}
