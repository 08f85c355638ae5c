using LlmConsole.Core.Configuration;
using LlmConsole.Core.Providers.Translation;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using OllamaSharp;

namespace LlmConsole.Core.Providers;

/// <summary>Ollama by its own API, through OllamaSharp; its models and embeddings by its OpenAI-compatible routes.</summary>
internal static class OllamaVendor
{
    private static readonly Uri Default = ProviderKind.Ollama.DefaultAddress()!;

    public static Endpoint EndpointOf(Uri? baseUrl, string? apiKey, HttpMessageHandler network, HttpMessageInvoker invoker, TimeProvider time, ILogger log)
    {
        var root = Endpoints.ServerRoot(baseUrl ?? Default);
        var headers = Endpoints.Bearer(apiKey);
        var http = new HttpClient(new VendorConnection(network), disposeHandler: false) { BaseAddress = root, Timeout = Timeout.InfiniteTimeSpan };
        foreach (var (name, value) in headers) http.DefaultRequestHeaders.TryAddWithoutValidation(name, value);
        var handler = new ChatClientHandler(new OllamaApiClient(http), time, log) { AlwaysFinishes = true, Check = Check };
        return Endpoints.OpenAIWire(invoker, new Uri(root, "v1/"), headers) with { Chat = new EndpointRoute(new HttpMessageInvoker(handler), new Uri(root, "api/chat")) };
    }

    /// <summary>What OllamaSharp would leave out without a word.</summary>
    private static void Check(AskedChat asked)
    {
        foreach (var content in asked.Messages.SelectMany(message => message.Contents))
        {
            if (content is UriContent) throw new UntranslatableException("Ollama takes images as data, not by their address. Send the image as a data: URL.");
            if (content is DataContent data && !data.HasTopLevelMediaType("image")) throw new UntranslatableException($"Ollama takes text and images, not {data.MediaType}.");
        }
    }
}
