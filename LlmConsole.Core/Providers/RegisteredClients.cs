using LlmConsole.Core.Providers.Translation;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.SemanticKernel.ChatCompletion;

namespace LlmConsole.Core.Providers;

/// <summary>
/// The chat clients that the host's own code brings along, so that any connector can be a provider: an <see cref="IChatClient"/>, or an
/// <see cref="IChatCompletionService"/> of Semantic Kernel, registered under the name of the provider:
/// <code>builder.Services.AddKeyedSingleton&lt;IChatClient&gt;("My provider", myClient);</code>
/// </summary>
public sealed class RegisteredClients(IServiceProvider services)
{
    /// <summary>Whether there is a client of this name.</summary>
    public bool Has(string name) => Find(name) is not null;

    internal Endpoint EndpointOf(string name, TimeProvider time, ILogger log)
    {
        var handler = Find(name) is { } client ? (HttpMessageHandler)new ChatClientHandler(client, time, log) : new NotRegistered(name);
        var route = new EndpointRoute(new HttpMessageInvoker(handler), new Uri("http://registered/"));
        return new Endpoint { Chat = route, Models = route };
    }

    private IChatClient? Find(string name) =>
        services.GetKeyedService<IChatClient>(name) ?? services.GetKeyedService<IChatCompletionService>(name)?.AsChatClient();

    private sealed class NotRegistered(string name) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(VendorAnswers.Error(System.Net.HttpStatusCode.NotFound, $"The host registered no chat client named {name}."));
    }
}
