using System.ClientModel;
using System.ClientModel.Primitives;
using LlmConsole.Tests.Support;
using OpenAI;
using OpenAI.Chat;

namespace LlmConsole.Tests.Clients;

/// <summary>The OpenAI package, given what a reader of our documentation gives it: the base URL and a key.</summary>
internal static class OpenAISdk
{
    public static OpenAIClient Of(RunningApp app, string key, int retries = 0) =>
        new(new ApiKeyCredential(key), new OpenAIClientOptions { Endpoint = new Uri(app.BaseAddress, "/v1"), RetryPolicy = new ImpatientRetries(retries) });

    public static ChatClient Chat(RunningApp app, string key, string model, int retries = 0) => Of(app, key, retries).GetChatClient(model);

    /// <summary>The package's own rules of when to try again, without the pause in between.</summary>
    private sealed class ImpatientRetries(int most) : ClientRetryPolicy(most)
    {
        protected override Task WaitAsync(TimeSpan time, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
