using LlmConsole.Core.Metering;
using LlmConsole.Tests.Support;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.Connectors.OpenAI;

namespace LlmConsole.Tests.Clients;

/// <summary>Semantic Kernel's OpenAI connector as a client.</summary>
public sealed class SemanticKernelTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    private readonly RunningApp _app = fixture.App;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task GetChatMessageContent_Simulator_Answers()
    {
        var key = await _app.IssueKeyAsync();
        var history = new ChatHistory("Be short.");
        history.AddUserMessage("hello kernel");

        var answer = await Chat(key, "simulator/echo").GetChatMessageContentAsync(history, cancellationToken: Cancellation);

        answer.Content.ShouldBe("hello kernel");
        (await _app.RecordsOfAsync(key)).ShouldHaveSingleItem().Outcome.ShouldBe(Outcome.Answered);
    }

    [Fact]
    public async Task GetStreamingChatMessageContents_ScriptedProvider_StreamsEachDelta()
    {
        await using var provider = await ScriptedProvider.StartAsync();
        await _app.PublishModelAsync("sk-streamed", provider.BaseUrl);
        provider.Next(Play.Stream(Sse.Role(), Sse.Delta("a"), Sse.Delta("b"), Sse.Delta("c"), Sse.Finish(), Sse.Usage(3, 3), Sse.Done));
        var pieces = new List<string>();

        await foreach (var piece in Chat(await _app.IssueKeyAsync(), "sk-streamed").GetStreamingChatMessageContentsAsync("go", cancellationToken: Cancellation)) pieces.Add(piece.Content ?? "");

        pieces.Where(piece => piece.Length > 0).ShouldBe(["a", "b", "c"]);
    }

    [Fact]
    public async Task InvokePrompt_FunctionOffered_IsCalledAndItsResultAnswered()
    {
        var builder = Kernel.CreateBuilder();
        builder.AddOpenAIChatCompletion("simulator/echo", OpenAISdk.Of(_app, await _app.IssueKeyAsync()));
        var kernel = builder.Build();
        var calls = 0;
        kernel.Plugins.AddFromFunctions("clock", [kernel.CreateFunctionFromMethod(() => $"noon {++calls}", "now")]);
        var settings = new OpenAIPromptExecutionSettings { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() };

        var answer = await kernel.InvokePromptAsync("What time is it?", new KernelArguments(settings), cancellationToken: Cancellation);

        calls.ShouldBe(1);
        answer.ToString().ShouldContain("noon 1");
    }

    [Fact]
    public async Task GetChatMessageContent_NoSuchModel_ThrowsWithTheStatus()
    {
        var chat = Chat(await _app.IssueKeyAsync(), "no-such-model");

        (await Should.ThrowAsync<HttpOperationException>(() => chat.GetChatMessageContentAsync("hi", cancellationToken: Cancellation))).StatusCode.ShouldBe(System.Net.HttpStatusCode.NotFound);
    }

    private OpenAIChatCompletionService Chat(string key, string model) => new(model, OpenAISdk.Of(_app, key));
}
