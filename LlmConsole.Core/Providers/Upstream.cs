using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Providers;

/// <summary>The connections to OpenAI-compatible providers. The simulator speaks the same wire from inside the process.</summary>
public sealed class Upstream : IDisposable
{
    private static readonly Uri OpenAI = new("https://api.openai.com/v1/");
    private static readonly Uri SimulatorAddress = new("http://simulator/v1/");

    private readonly ISecretProtector _secrets;
    private readonly HttpMessageInvoker _network = new(Network());
    private readonly HttpMessageInvoker _simulator;
    private readonly ConditionalWeakTable<Provider, Endpoint> _endpoints = [];

    public Upstream(ISecretProtector secrets, TimeProvider time)
    {
        _secrets = secrets;
        _simulator = new HttpMessageInvoker(new Simulator(time));
    }

    /// <summary>Asks for a chat completion. The answer's headers have arrived when this returns.</summary>
    /// <exception cref="HttpRequestException">The provider couldn't be reached.</exception>
    internal Task<HttpResponseMessage> ChatAsync(Provider provider, ChatRequest request, string model, int? outputCap, CancellationToken cancellation)
    {
        var endpoint = _endpoints.GetValue(provider, Connect);
        var message = endpoint.Message(HttpMethod.Post, endpoint.Chat);
        message.Content = new UpstreamRequestContent(request, model, outputCap, provider.Kind == ProviderKind.OpenAI ? "max_completion_tokens" : "max_tokens");
        return endpoint.Invoker.SendAsync(message, cancellation);
    }

    /// <summary>Lists the provider's models; with a key that isn't stored yet, if one is given.</summary>
    internal Task<HttpResponseMessage> ModelsAsync(Provider provider, string? apiKey, CancellationToken cancellation)
    {
        var endpoint = apiKey is null ? _endpoints.GetValue(provider, Connect) : Connect(provider, apiKey);
        return endpoint.Invoker.SendAsync(endpoint.Message(HttpMethod.Get, endpoint.Models), cancellation);
    }

    public void Dispose()
    {
        _network.Dispose();
        _simulator.Dispose();
    }

    private Endpoint Connect(Provider provider) =>
        Connect(provider, provider.ProtectedApiKey is { } secret ? _secrets.Unprotect(SecretPurpose.ProviderApiKey, secret) : null);

    private Endpoint Connect(Provider provider, string? apiKey)
    {
        var root = provider.Kind == ProviderKind.Simulator ? SimulatorAddress : provider.BaseUrl ?? OpenAI;
        if (!root.AbsolutePath.EndsWith('/')) root = new Uri(root.AbsoluteUri + "/");
        return new Endpoint(
            provider.Kind == ProviderKind.Simulator ? _simulator : _network,
            new Uri(root, "chat/completions"),
            new Uri(root, "models"),
            string.IsNullOrEmpty(apiKey) ? null : new AuthenticationHeaderValue("Bearer", apiKey));
    }

    private static SocketsHttpHandler Network() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        MaxResponseHeadersLength = 64,
        ConnectCallback = ConnectAsync,
    };

    /// <summary>Vets the addresses that the name stands for at this moment, and connects to what was vetted.</summary>
    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancellation);
        var allowed = Array.FindAll(addresses, address => !ProviderRules.IsForbidden(address));
        if (allowed.Length == 0) throw new HttpRequestException("The provider's name leads to no address that may be connected to.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, context.DnsEndPoint.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private sealed record Endpoint(HttpMessageInvoker Invoker, Uri Chat, Uri Models, AuthenticationHeaderValue? Authorization)
    {
        public HttpRequestMessage Message(HttpMethod method, Uri address)
        {
            var message = new HttpRequestMessage(method, address) { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            message.Headers.Authorization = Authorization;
            return message;
        }
    }
}
