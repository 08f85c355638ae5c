using System.ClientModel;
using System.ClientModel.Primitives;
using LlmConsole.Tests.Support;
using OpenAI;
using OpenAI.Chat;

namespace LlmConsole.Tests.Clients;

/// <summary>The OpenAI package with an Idempotency-Key, added by a policy as its documentation shows for headers of one's own.</summary>
public sealed class OpenAISdkIdempotencyTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task CompleteChat_RepeatedUnderItsKey_IsChargedOnce()
    {
        var key = await fixture.App.IssueKeyAsync();
        var options = new OpenAIClientOptions { Endpoint = new Uri(fixture.App.BaseAddress, "/v1") };
        options.AddPolicy(new IdempotencyKey($"order-{Guid.NewGuid():N}"), PipelinePosition.PerCall);
        var chat = new OpenAIClient(new ApiKeyCredential(key), options).GetChatClient("simulator/echo");

        ChatCompletion first = await AskAsync(chat);
        ChatCompletion again = await AskAsync(chat);

        again.Id.ShouldBe(first.Id);
        again.Content[0].Text.ShouldBe("once");
        (await fixture.App.RecordsOfAsync(key)).ShouldHaveSingleItem();
    }

    private static async Task<ChatCompletion> AskAsync(ChatClient chat) =>
        await chat.CompleteChatAsync([new UserChatMessage("once")], cancellationToken: TestContext.Current.CancellationToken);

    private sealed class IdempotencyKey(string key) : PipelinePolicy
    {
        public override void Process(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            message.Request.Headers.Set("Idempotency-Key", key);
            ProcessNext(message, pipeline, currentIndex);
        }

        public override ValueTask ProcessAsync(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            message.Request.Headers.Set("Idempotency-Key", key);
            return ProcessNextAsync(message, pipeline, currentIndex);
        }
    }
}
