using System.Text.Json;
using LlmConsole.Core.Metering;
using LlmConsole.Tests.Support;
using OpenAI.Chat;

namespace LlmConsole.Tests.Clients;

/// <summary>The OpenAI package against the simulator.</summary>
public sealed class OpenAISdkTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    private const string Echo = "simulator/echo";
    private static readonly ChatTool Weather = ChatTool.CreateFunctionTool(
        "get_weather", "The weather at a place.", BinaryData.FromString("""{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"""));

    private readonly RunningApp _app = fixture.App;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task CompleteChat_Text_IsAnsweredAndMetered()
    {
        var key = await _app.IssueKeyAsync();

        ChatCompletion answer = await OpenAISdk.Chat(_app, key, Echo).CompleteChatAsync([new SystemChatMessage("Be short."), new UserChatMessage("Hello, žluť 😀")], cancellationToken: Cancellation);

        answer.Content.ShouldHaveSingleItem().Text.ShouldBe("Hello, žluť 😀");
        answer.FinishReason.ShouldBe(ChatFinishReason.Stop);
        answer.Usage.TotalTokenCount.ShouldBe(answer.Usage.InputTokenCount + answer.Usage.OutputTokenCount);
        var record = (await _app.RecordsOfAsync(key)).ShouldHaveSingleItem();
        record.Outcome.ShouldBe(Outcome.Answered);
        record.InputTokens.ShouldBe(answer.Usage.InputTokenCount);
        record.OutputTokens.ShouldBe(answer.Usage.OutputTokenCount);
        record.Cost.Nanos.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task CompleteChatStreaming_Text_StreamsAndReportsUsage()
    {
        var key = await _app.IssueKeyAsync();
        var updates = new List<StreamingChatCompletionUpdate>();

        await foreach (var update in OpenAISdk.Chat(_app, key, "simulator/lorem-20-0-0").CompleteChatStreamingAsync([new UserChatMessage("go")], cancellationToken: Cancellation)) updates.Add(update);

        updates.Count(update => update.ContentUpdate.Any(part => part.Text.Length > 0)).ShouldBe(20);
        updates.Select(update => update.FinishReason).OfType<ChatFinishReason>().ShouldHaveSingleItem().ShouldBe(ChatFinishReason.Stop);
        updates.Select(update => update.Usage).OfType<ChatTokenUsage>().ShouldHaveSingleItem().OutputTokenCount.ShouldBe(20);
        (await _app.RecordsOfAsync(key)).ShouldHaveSingleItem().OutputTokens.ShouldBe(20);
    }

    [Fact]
    public async Task CompleteChat_Tools_CallsOneAndUsesItsResult()
    {
        var chat = OpenAISdk.Chat(_app, await _app.IssueKeyAsync(), Echo);
        var options = new ChatCompletionOptions { Tools = { Weather } };
        List<ChatMessage> messages = [new UserChatMessage("What is the weather?")];

        ChatCompletion call = await chat.CompleteChatAsync(messages, options, Cancellation);
        var tool = call.ToolCalls.ShouldHaveSingleItem();
        messages.Add(new AssistantChatMessage(call));
        messages.Add(new ToolChatMessage(tool.Id, "sunny"));
        ChatCompletion answer = await chat.CompleteChatAsync(messages, options, Cancellation);

        call.FinishReason.ShouldBe(ChatFinishReason.ToolCalls);
        tool.FunctionName.ShouldBe("get_weather");
        tool.FunctionArguments.ToObjectFromJson<JsonElement>().TryGetProperty("city", out _).ShouldBeTrue();
        answer.Content[0].Text.ShouldContain("sunny");
    }

    [Fact]
    public async Task CompleteChatStreaming_Tools_StreamsTheCall()
    {
        var chat = OpenAISdk.Chat(_app, await _app.IssueKeyAsync(), Echo);
        var updates = new List<StreamingChatToolCallUpdate>();

        await foreach (var update in chat.CompleteChatStreamingAsync([new UserChatMessage("weather")], new ChatCompletionOptions { Tools = { Weather } }, Cancellation)) updates.AddRange(update.ToolCallUpdates);

        updates.Select(update => update.FunctionName).First(name => name is not null).ShouldBe("get_weather");
        var arguments = string.Concat(updates.Select(update => update.FunctionArgumentsUpdate?.ToString()));
        JsonSerializer.Deserialize<JsonElement>(arguments).ValueKind.ShouldBe(JsonValueKind.Object);
    }

    [Fact]
    public async Task CompleteChat_JsonSchema_AnswersInThatShape()
    {
        var chat = OpenAISdk.Chat(_app, await _app.IssueKeyAsync(), Echo);
        var format = ChatResponseFormat.CreateJsonSchemaFormat(
            "city", BinaryData.FromString("""{"type":"object","properties":{"name":{"type":"string"},"people":{"type":"integer"}},"required":["name","people"],"additionalProperties":false}"""), jsonSchemaIsStrict: true);

        ChatCompletion answer = await chat.CompleteChatAsync([new UserChatMessage("a city")], new ChatCompletionOptions { ResponseFormat = format }, Cancellation);

        var city = JsonSerializer.Deserialize<JsonElement>(answer.Content[0].Text);
        city.GetProperty("name").ValueKind.ShouldBe(JsonValueKind.String);
        city.GetProperty("people").ValueKind.ShouldBe(JsonValueKind.Number);
    }

    [Fact]
    public async Task GetModels_Always_ListsTheModels()
    {
        var models = OpenAISdk.Of(_app, await _app.IssueKeyAsync()).GetOpenAIModelClient();

        var all = await models.GetModelsAsync(Cancellation);
        var one = await models.GetModelAsync(Echo, Cancellation);

        all.Value.Select(model => model.Id).ShouldContain(Echo);
        one.Value.Id.ShouldBe(Echo);
    }
}
