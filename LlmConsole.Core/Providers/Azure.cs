namespace LlmConsole.Core.Providers;

/// <summary>Azure OpenAI: OpenAI's wire, byte for byte, below other addresses and with the key in a header of its own.</summary>
internal static class Azure
{
    public static Endpoint EndpointOf(Uri resource, string? apiKey, HttpMessageInvoker network)
    {
        IReadOnlyList<(string, string)> headers = string.IsNullOrEmpty(apiKey) ? [] : [("api-key", apiKey)];
        var root = Endpoints.Root(new Uri(resource.GetLeftPart(UriPartial.Path)));
        var endpoint = resource.Query.Length > 0 ? ByDeployment(root, resource.Query, headers, network) : Endpoints.OpenAIWire(network, V1(root), headers);
        return endpoint with { OutputCapField = "max_completion_tokens" };
    }

    private static Uri V1(Uri root) => root.AbsolutePath.EndsWith("/openai/v1/", StringComparison.Ordinal) ? root : new Uri(root, "openai/v1/");

    private static Endpoint ByDeployment(Uri root, string version, IReadOnlyList<(string, string)> headers, HttpMessageInvoker network)
    {
        return new Endpoint
        {
            Chat = new EndpointRoute(network, model => Deployment(model, "chat/completions")),
            Embeddings = new EndpointRoute(network, model => Deployment(model, "embeddings")),
            Models = new EndpointRoute(network, new Uri(root, $"openai/models{version}")),
            Headers = headers,
        };

        Uri Deployment(string model, string operation) => new(root, $"openai/deployments/{Uri.EscapeDataString(model)}/{operation}{version}");
    }
}
