using System.Net;
using LlmConsole.Core.Providers.Translation;

namespace LlmConsole.Core.Providers;

/// <summary>What providers without embeddings answer when they are asked for some.</summary>
internal sealed class NoEmbeddings : HttpMessageHandler
{
    public static readonly EndpointRoute Route = new(new HttpMessageInvoker(new NoEmbeddings()), new Uri("http://nowhere/"));

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        Task.FromResult(VendorAnswers.Error(HttpStatusCode.BadRequest, "it has no embeddings. Use a model of another provider."));
}
