namespace LlmConsole.Core.Providers;

/// <summary>Sends what came in Anthropic's shape with the version and the new features that its client asked for.</summary>
internal sealed class AnthropicHeaders(HttpMessageInvoker network) : HttpMessageHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var native = ((MessagesRequestContent)request.Content!).Native;
        if (native.Version is { } version)
        {
            request.Headers.Remove("anthropic-version");
            request.Headers.TryAddWithoutValidation("anthropic-version", version);
        }

        if (native.Beta is { } beta) request.Headers.TryAddWithoutValidation("anthropic-beta", beta);
        return network.SendAsync(request, cancellationToken);
    }
}
