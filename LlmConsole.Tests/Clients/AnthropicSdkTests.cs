using System.Text.Json;
using Anthropic.Exceptions;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.AI;

namespace LlmConsole.Tests.Clients;

/// <summary>The Anthropic package against a translated model: tools, images and refusals.</summary>
public sealed class AnthropicSdkTests(AppFixture fixture) : IClassFixture<AppFixture>, IAsyncLifetime
{
    private static readonly AITool Weather = AIFunctionFactory.CreateDeclaration(
        "get_weather", "The weather at a place.", JsonElement.Parse("""{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"""));

    private readonly RunningApp _app = fixture.App;
    private string _key = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _key = await _app.IssueKeyAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Tools_OnATranslatedModel_GoForthAndBack()
    {
        var client = AnthropicSdk.Of(_app, _key).AsIChatClient("simulator/echo");
        List<ChatMessage> messages = [new(ChatRole.System, "Be short."), new(ChatRole.User, [new TextContent("The weather?"), new DataContent(new byte[] { 0x89, 0x50 }, "image/png")])];
        var options = new ChatOptions { Tools = [Weather] };

        var call = await client.GetResponseAsync(messages, options, Cancellation);
        messages.AddRange(call.Messages);
        var asked = call.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>().ShouldHaveSingleItem();
        messages.Add(new ChatMessage(ChatRole.Tool, [new FunctionResultContent(asked.CallId, "sunny")]));
        List<ChatResponseUpdate> updates = [];
        await foreach (var update in client.GetStreamingResponseAsync(messages, options, Cancellation)) updates.Add(update);

        (asked.Name, asked.Arguments!.ContainsKey("city")).ShouldBe(("get_weather", true));
        string.Concat(updates.Select(update => update.Text)).ShouldContain("sunny");
    }

    [Fact]
    public async Task Tools_StreamedFromATranslatedModel_ArriveAsOneCall()
    {
        var client = AnthropicSdk.Of(_app, _key).AsIChatClient("simulator/echo");

        var answer = await client.GetStreamingResponseAsync("The weather?", new ChatOptions { Tools = [Weather] }, Cancellation).ToChatResponseAsync(Cancellation);

        answer.FinishReason.ShouldBe(ChatFinishReason.ToolCalls);
        answer.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>().ShouldHaveSingleItem().Arguments!["city"]!.ToString().ShouldBe("lorem");
    }

    [Fact]
    public async Task Refusals_Always_AreThePackagesOwnExceptions()
    {
        await Should.ThrowAsync<AnthropicNotFoundException>(() => AskAsync(_key, "no-such-model"));
        await Should.ThrowAsync<AnthropicUnauthorizedException>(() => AskAsync("llmc_live_wrong", "simulator/echo"));
    }

    private Task<ChatResponse> AskAsync(string key, string model) => AnthropicSdk.Of(_app, key).AsIChatClient(model).GetResponseAsync("hi", cancellationToken: Cancellation);
}
