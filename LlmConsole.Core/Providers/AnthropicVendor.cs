using Anthropic;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Providers.Translation;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Core.Providers;

/// <summary>Anthropic through its official package; what came in Anthropic's own shape goes to it unchanged.</summary>
internal static class AnthropicVendor
{
    /// <summary>The version of the API that the package speaks.</summary>
    public const string ApiVersion = "2026-10-21";

    /// <summary>Anthropic wants a cap on every answer; a request may have none.</summary>
    private const int DefaultOutput = 4_096;

    private static readonly Uri Default = ProviderKind.Anthropic.DefaultAddress()!;

    public static Endpoint EndpointOf(Uri? baseUrl, string? apiKey, HttpMessageHandler network, HttpMessageInvoker invoker, TimeProvider time, ILogger log)
    {
        var root = Endpoints.ServerRoot(baseUrl ?? Default);
        var client = new AnthropicClient
        {
            // Set even when there is none: a credential in the environment of the process is not for this provider.
            ApiKey = apiKey,
            BaseUrl = root.AbsoluteUri.TrimEnd('/'),
            HttpClient = new HttpClient(new VendorConnection(network, AnthropicRefusals.ReadAsync), disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan },
            MaxRetries = 0,
            Timeout = TimeSpan.FromDays(1),

            // Its spans could hold prompts.
            OpenTelemetry = false,
        };
        var translated = new HttpMessageInvoker(new ChatClientHandler(client.AsIChatClient("", DefaultOutput), time, log) { AlwaysFinishes = true });
        var native = new HttpMessageInvoker(new AnthropicHeaders(invoker));
        return new Endpoint
        {
            Chat = new EndpointRoute(translated, new Uri(root, "v1/messages")),
            Messages = new EndpointRoute(new HttpMessageInvoker(new AnthropicPassThrough(native)), new Uri(root, "v1/messages")),
            Count = new EndpointRoute(native, new Uri(root, "v1/messages/count_tokens")),
            Models = new EndpointRoute(invoker, new Uri(root, "v1/models")),
            Headers = [.. Endpoints.Bearer(apiKey), ("anthropic-version", ApiVersion)],
        };
    }
}
