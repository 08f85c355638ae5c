using LlmConsole.Core.Configuration;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Core.Providers;

/// <summary>Makes the endpoint of a provider, by its kind. What doesn't speak OpenAI's wire gets a translator in front of it.</summary>
internal sealed class Endpoints(HttpMessageHandler network, RegisteredClients registered, TimeProvider time, ILogger log) : IDisposable
{
    public static readonly Uri OpenAI = Root(ProviderKind.OpenAI.DefaultAddress()!);
    private static readonly Uri Inside = new("http://simulator/v1/");

    private readonly HttpMessageInvoker _network = new(network, disposeHandler: false);
    private readonly HttpMessageInvoker _simulator = new(new Simulator(time));

    /// <summary>The built-in simulator, whatever is configured.</summary>
    public Endpoint Simulator => OpenAIWire(_simulator, Inside, []);

    /// <param name="apiKey">The plain key; none for providers that want none.</param>
    public Endpoint Of(Provider provider, string? apiKey) => provider.Kind switch
    {
        ProviderKind.Simulator => Simulator,
        ProviderKind.AzureOpenAI => Azure.EndpointOf(provider.BaseUrl!, apiKey, _network),
        ProviderKind.Anthropic => AnthropicVendor.EndpointOf(provider.BaseUrl, apiKey, network, _network, time, log),
        ProviderKind.Ollama => OllamaVendor.EndpointOf(provider.BaseUrl, apiKey, network, _network, time, log),
        ProviderKind.Registered => registered.EndpointOf(provider.Name, time, log),
        ProviderKind.OpenAI => OpenAIWire(_network, Root(provider.BaseUrl ?? OpenAI), Bearer(apiKey)) with { OutputCapField = "max_completion_tokens" },
        _ => OpenAIWire(_network, Root(provider.BaseUrl!), Bearer(apiKey)),
    };

    public void Dispose()
    {
        _network.Dispose();
        _simulator.Dispose();
    }

    public static Endpoint OpenAIWire(HttpMessageInvoker invoker, Uri root, IReadOnlyList<(string, string)> headers) => new()
    {
        Chat = new EndpointRoute(invoker, new Uri(root, "chat/completions")),
        Embeddings = new EndpointRoute(invoker, new Uri(root, "embeddings")),
        Models = new EndpointRoute(invoker, new Uri(root, "models")),
        Headers = headers,
    };

    /// <summary>With a slash at its end, so that relative addresses lie below it.</summary>
    public static Uri Root(Uri url) => url.AbsolutePath.EndsWith('/') ? url : new Uri(url.GetLeftPart(UriPartial.Path) + "/");

    /// <summary>The address of a server whose root people may give with the <c>/v1</c> of its OpenAI-compatible routes.</summary>
    public static Uri ServerRoot(Uri url)
    {
        var root = Root(url);
        return root.AbsolutePath.EndsWith("/v1/", StringComparison.Ordinal) ? new Uri(root, "../") : root;
    }

    public static IReadOnlyList<(string, string)> Bearer(string? apiKey) => string.IsNullOrEmpty(apiKey) ? [] : [("Authorization", $"Bearer {apiKey}")];
}
