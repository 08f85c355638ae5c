using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Providers;
using LlmConsole.Tests.Clients;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using UserChatMessage = OpenAI.Chat.UserChatMessage;

namespace LlmConsole.Tests.Providers;

/// <summary>A chat client of the host's own is a provider: one line registers it, and a provider of its name is configured.</summary>
public sealed class RegisteredClientsTests : IAsyncLifetime
{
    private RunningApp _app = null!;
    private string _key = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _app = await RunningApp.StartAsync(services => services
            .AddKeyedSingleton<IChatClient>("House client", new Shouting())
            .AddKeyedSingleton<IChatClient>("Hasty client", new Hasty())
            .AddKeyedSingleton<IChatCompletionService>("House kernel", new Whispering()));
        _key = await _app.IssueKeyAsync();
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Theory]
    [InlineData("House client", "HI THERE")]
    [InlineData("House kernel", "hi there")]
    public async Task Call_OfARegisteredClient_TakesTheWholeRoad(string name, string said)
    {
        var chat = OpenAISdk.Chat(_app, _key, await PublishAsync(name));

        OpenAI.Chat.ChatCompletion answer = await chat.CompleteChatAsync([new UserChatMessage("Hi there")], cancellationToken: Cancellation);
        var streamed = "";
        await foreach (var update in chat.CompleteChatStreamingAsync([new UserChatMessage("Hi there")], cancellationToken: Cancellation)) streamed += string.Concat(update.ContentUpdate.Select(part => part.Text));

        answer.Content[0].Text.ShouldBe(said);
        streamed.ShouldBe(said);
        var records = await _app.RecordsOfAsync(_key);
        records.Count.ShouldBe(2);
        records.ShouldAllBe(record => record.Outcome == Outcome.Answered && record.OutputTokens > 0 && record.Cost.Nanos > 0);
    }

    [Fact]
    public async Task Call_OfAClientThatGivesUpByATimeLimitOfItsOwn_FailsAndItsCallerIsTold()
    {
        var model = await PublishAsync("Hasty client");
        using var client = _app.Client(_key);

        using var whole = await client.PostAsJsonAsync("/v1/chat/completions", new { model, messages = new[] { new { role = "user", content = "hi" } } }, Cancellation);
        using var stream = await client.PostAsJsonAsync("/v1/chat/completions", new { model, stream = true, messages = new[] { new { role = "user", content = "hi" } } }, Cancellation);

        ((int)whole.StatusCode, (int)stream.StatusCode).ShouldBe((502, 200));
        (await whole.TextAsync()).ShouldContain("\"code\":\"upstream_error\"");
        (await stream.EventsAsync())[^1].ShouldContain("\"code\":\"upstream_error\"");
        (await _app.RecordsOfAsync(_key)).Select(record => record.Outcome).ShouldBe([Outcome.Failed, Outcome.Incomplete], ignoreOrder: true);
    }

    [Fact]
    public async Task Call_OfNoSuchClient_FailsAndTheProbeSaysWhy()
    {
        var model = await PublishAsync("Nobody");

        var thrown = await Should.ThrowAsync<System.ClientModel.ClientResultException>(() => OpenAISdk.Chat(_app, _key, model).CompleteChatAsync([new UserChatMessage("hi")], cancellationToken: Cancellation));

        thrown.Status.ShouldBe(502);
        var probe = _app.Services.GetRequiredService<ProviderProbe>();
        var missing = await probe.TestAsync(_app.Configuration.FindProvider("Nobody")!, null, Cancellation);
        (missing.Ok, missing.Message).ShouldBe((false, "The host registered no chat client named Nobody. A provider of this kind bears the name that the host's code registered its client under."));
    }

    private async Task<string> PublishAsync(string name)
    {
        var provider = await _app.PutAsync(new Provider { Id = Core.Ids.New("prv", TimeProvider.System), Name = name, Kind = ProviderKind.Registered, CreatedAt = DateTimeOffset.UnixEpoch });
        return await VendorModel.PublishAsync(_app, provider, "own");
    }

    private sealed class Shouting : IChatClient
    {
        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, messages.Last().Text.ToUpperInvariant())));

        public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            foreach (var letter in messages.Last().Text.ToUpperInvariant()) yield return new ChatResponseUpdate(ChatRole.Assistant, letter.ToString());
            await Task.CompletedTask;
        }

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }

    private sealed class Hasty : IChatClient
    {
        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            Task.FromException<ChatResponse>(new TaskCanceledException("It took longer than this client waits."));

        public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            yield return new ChatResponseUpdate(ChatRole.Assistant, "Hel");
            await GetResponseAsync(messages, options, cancellationToken);
        }

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }

    private sealed class Whispering : IChatCompletionService
    {
        public IReadOnlyDictionary<string, object?> Attributes { get; } = new Dictionary<string, object?>();

        public Task<IReadOnlyList<ChatMessageContent>> GetChatMessageContentsAsync(ChatHistory chatHistory, PromptExecutionSettings? executionSettings = null, Kernel? kernel = null, CancellationToken cancellationToken = default) =>
            Task.FromResult<IReadOnlyList<ChatMessageContent>>([new ChatMessageContent(AuthorRole.Assistant, chatHistory[^1].Content!.ToLowerInvariant())]);

        public async IAsyncEnumerable<StreamingChatMessageContent> GetStreamingChatMessageContentsAsync(
            ChatHistory chatHistory, PromptExecutionSettings? executionSettings = null, Kernel? kernel = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            foreach (var letter in chatHistory[^1].Content!.ToLowerInvariant()) yield return new StreamingChatMessageContent(AuthorRole.Assistant, letter.ToString());
            await Task.CompletedTask;
        }
    }
}
