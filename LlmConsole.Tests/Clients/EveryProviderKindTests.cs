using System.Runtime.CompilerServices;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Wire;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Clients;

/// <summary>The OpenAI and the Anthropic package against every kind of provider: those outside as scripted servers that speak their wire, those inside as they are.</summary>
public sealed class EveryProviderKindTests(EveryProviderKindTests.HostApp host) : IClassFixture<EveryProviderKindTests.HostApp>, IAsyncLifetime
{
    private const string HouseClient = "House client";

    private ScriptedProvider _server = null!;
    private string _key = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A new kind is tested as soon as it exists.</summary>
    public static TheoryData<ProviderKind> Kinds => [.. Enum.GetValues<ProviderKind>()];

    private RunningApp App => host.App;

    public async ValueTask InitializeAsync()
    {
        _server = await ScriptedProvider.StartAsync();
        _key = await App.IssueKeyAsync();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task OpenAIPackage_OfEveryKind_IsAnsweredStreamedAndMetered(ProviderKind kind) =>
        await AnswersAsync(kind, OpenAISdk.Chat(App, _key, await PublishAsync(kind)).AsIChatClient());

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task AnthropicPackage_OfEveryKind_IsAnsweredStreamedAndMetered(ProviderKind kind) =>
        await AnswersAsync(kind, AnthropicSdk.Of(App, _key).AsIChatClient(await PublishAsync(kind)));

    private async Task AnswersAsync(ProviderKind kind, IChatClient client)
    {
        var answer = await client.GetResponseAsync("Hello.", cancellationToken: Cancellation);
        var streamed = await client.GetStreamingResponseAsync("Hello.", cancellationToken: Cancellation).ToChatResponseAsync(Cancellation);

        answer.Text.ShouldStartWith("Hello");
        streamed.Text.ShouldBe(answer.Text);
        answer.FinishReason.ShouldBe(kind == ProviderKind.Anthropic ? ChatFinishReason.ToolCalls : ChatFinishReason.Stop);
        streamed.FinishReason.ShouldBe(answer.FinishReason);
        if (kind == ProviderKind.Anthropic) streamed.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>().ShouldHaveSingleItem().Arguments!["city"]!.ToString().ShouldBe("Brno");
        var records = await App.RecordsOfAsync(_key);
        records.Select(record => record.Outcome).ShouldBe([Outcome.Answered, Outcome.Answered]);
        records.ShouldAllBe(record => record.UsageSource == UsageSource.Provider && record.Cost.Nanos > 0);
        (answer.Usage!.InputTokenCount, answer.Usage.OutputTokenCount).ShouldBe((records[0].PromptTokens, records[0].OutputTokens));
        (streamed.Usage!.InputTokenCount, streamed.Usage.OutputTokenCount).ShouldBe((records[1].PromptTokens, records[1].OutputTokens));
    }

    private async Task<string> PublishAsync(ProviderKind kind)
    {
        _server.Otherwise = kind switch { ProviderKind.Anthropic => ScriptedAnthropic.Answer, ProviderKind.Ollama => ScriptedOllama.Plain, _ => _server.Otherwise };
        return kind switch
        {
            ProviderKind.Simulator => "simulator/echo",
            ProviderKind.Registered => await VendorModel.PublishAsync(App, App.Configuration.FindProvider(HouseClient)!, "own"),
            ProviderKind.OpenAI or ProviderKind.OpenAICompatible => await VendorModel.PublishAsync(App, kind, _server.BaseUrl, "m"),
            _ => await VendorModel.PublishAsync(App, kind, new Uri(_server.BaseUrl, "/"), "m"),
        };
    }

    /// <summary>An app whose code brings a chat client along.</summary>
    public sealed class HostApp : IAsyncLifetime
    {
        public RunningApp App { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            App = await RunningApp.StartAsync(services => services.AddKeyedSingleton<IChatClient>(HouseClient, new Greeter()));
            await App.PutAsync(new Provider { Id = Ids.New("prv", TimeProvider.System), Name = HouseClient, Kind = ProviderKind.Registered, CreatedAt = DateTimeOffset.UnixEpoch });
        }

        public ValueTask DisposeAsync() => App.DisposeAsync();
    }

    private sealed class Greeter : IChatClient
    {
        private static readonly UsageDetails Usage = new() { InputTokenCount = 7, OutputTokenCount = 2, TotalTokenCount = 9 };

        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, "Hello.")) { Usage = Usage, FinishReason = ChatFinishReason.Stop });

        public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            yield return new ChatResponseUpdate(ChatRole.Assistant, "Hel");
            yield return new ChatResponseUpdate(ChatRole.Assistant, "lo.") { FinishReason = ChatFinishReason.Stop };
            yield return new ChatResponseUpdate { Contents = [new UsageContent(Usage)] };
            await Task.CompletedTask;
        }

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}
