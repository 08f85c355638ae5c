using System.Net;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Providers;

/// <summary>How a provider is reached: its routes, and what every request to it carries.</summary>
internal sealed record Endpoint
{
    public required EndpointRoute Chat { get; init; }

    /// <summary>None when the provider has no embeddings.</summary>
    public EndpointRoute? Embeddings { get; init; }

    /// <summary>Takes requests in Anthropic's shape as they are; none when the provider doesn't speak it.</summary>
    public EndpointRoute? Messages { get; init; }

    /// <summary>Counts the tokens of a prompt in Anthropic's shape; none when the provider doesn't.</summary>
    public EndpointRoute? Count { get; init; }
    public required EndpointRoute Models { get; init; }

    /// <summary>The credential, and what else the vendor wants to see.</summary>
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>The field that caps the output when the request has none.</summary>
    public string OutputCapField { get; init; } = "max_tokens";

    /// <summary>The route that a question takes, and the message that goes there.</summary>
    public (EndpointRoute Route, HttpRequestMessage Message) Ask(Question question)
    {
        var (request, model) = (question.Request, question.Model);

        // An answer that goes on from where another broke off is asked for in words that know of it.
        if (request.Native is { } native && Messages is not null && question.Prefill is null)
            return (Messages, Message(HttpMethod.Post, Messages, model, new MessagesRequestContent(native, model, question.OutputCap)));

        // What came in Anthropic's shape has its cap beside it, because it has another name with each provider.
        var route = request.Surface == Surface.Embeddings ? Embeddings ?? NoEmbeddings.Route : Chat;
        var cap = request.Surface switch
        {
            Surface.Embeddings => null,
            Surface.Messages => question.OutputCap ?? request.MaxOutputTokens,
            _ => question.OutputCap,
        };
        return (route, Message(HttpMethod.Post, route, model, new UpstreamRequestContent(question with { OutputCap = cap }, OutputCapField)));
    }

    public HttpRequestMessage Message(HttpMethod method, EndpointRoute route, string model, HttpContent? content)
    {
        var message = new ProviderMessage(method, route.Address(model)) { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = content };
        foreach (var (name, value) in Headers) message.Headers.TryAddWithoutValidation(name, value);
        return message;
    }
}

/// <summary>One operation of a provider.</summary>
/// <param name="Invoker">The network, or what answers inside the process.</param>
/// <param name="Address">By the provider's name of the model, which is a part of some vendors' addresses.</param>
internal sealed record EndpointRoute(HttpMessageInvoker Invoker, Func<string, Uri> Address)
{
    public EndpointRoute(HttpMessageInvoker invoker, Uri address) : this(invoker, _ => address)
    {
    }
}
