using LlmConsole.Core.Providers.Translation;

namespace LlmConsole.Core.Providers;

/// <summary>Ends answers that are longer than one vector can be, for a library that would hold them whole, whatever their length.</summary>
internal sealed class BoundedAnswers(HttpMessageHandler network) : DelegatingHandler(network)
{
    internal const int MaxBytes = 1024 * 1024;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        response.Content = new BoundedContent(response.Content, MaxBytes);
        return response;
    }
}
