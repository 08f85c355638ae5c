using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using LlmConsole.Core.Configuration;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Core.Providers;

/// <summary>The connections to providers. All of them answer in OpenAI's wire: those that don't speak it have a translator in front of them.</summary>
public sealed class Upstream : IDisposable
{
    private readonly ISecretProtector _secrets;
    private readonly TimeProvider _time;
    private readonly SocketsHttpHandler _network;
    private readonly Endpoints _kinds;
    private readonly ConditionalWeakTable<Provider, Endpoint> _endpoints = [];

    public Upstream(ISecretProtector secrets, RegisteredClients registered, TimeProvider time, ILogger<Upstream> log)
    {
        (_secrets, _time, _network) = (secrets, time, Network());
        _kinds = new Endpoints(_network, registered, time, log);
        Client = new HttpClient(new BoundedAnswers(_network), disposeHandler: false);
    }

    /// <summary>The same connections, for libraries that want a client of their own and hold small answers whole.</summary>
    internal HttpClient Client { get; }

    /// <summary>Where a provider that speaks OpenAI's wire lies and with which key, for such libraries.</summary>
    /// <exception cref="SecretUnreadableException">The credential can't be read.</exception>
    internal (Uri Root, string? ApiKey) AccessTo(Provider provider) =>
        (Endpoints.Root(provider.BaseUrl ?? Endpoints.OpenAI), provider.ProtectedApiKey is { } secret ? _secrets.Unprotect(SecretPurpose.ProviderApiKey, secret) : null);

    /// <summary>A text from a provider, without the key that it was sent.</summary>
    /// <exception cref="SecretUnreadableException">The credential can't be read.</exception>
    internal string WithoutCredential(Provider provider, string text) =>
        provider.ProtectedApiKey is { } secret && _secrets.Unprotect(SecretPurpose.ProviderApiKey, secret) is { Length: > 0 } key ? text.Replace(key, "…", StringComparison.Ordinal) : text;

    /// <summary>Asks for a chat completion, or for embeddings. The answer's headers have arrived when this returns.</summary>
    /// <exception cref="HttpRequestException">The provider couldn't be reached.</exception>
    internal Task<HttpResponseMessage> ChatAsync(Provider provider, Question question, CancellationToken cancellation)
    {
        if (question.Fault is { } fault) return RehearseAsync(fault, question, cancellation);
        var endpoint = _endpoints.GetValue(provider, Connect);
        var (route, message) = endpoint.Ask(question);
        ConnectLimit.Set(message, question.ConnectTimeout);
        return route.Invoker.SendAsync(message, cancellation);
    }

    /// <summary>Asks how many tokens the prompt of a request in Anthropic's shape has; no answer from a provider that doesn't count.</summary>
    /// <exception cref="HttpRequestException">The provider couldn't be reached.</exception>
    internal async Task<HttpResponseMessage?> CountAsync(Provider provider, Question question, CancellationToken cancellation)
    {
        var endpoint = _endpoints.GetValue(provider, Connect);
        if (endpoint.Count is not { } route || question.Request.Native is not { } native) return null;
        var message = endpoint.Message(HttpMethod.Post, route, question.Model, new MessagesRequestContent(native, question.Model, null));
        ConnectLimit.Set(message, question.ConnectTimeout);
        return await route.Invoker.SendAsync(message, cancellation);
    }

    /// <summary>Lists the provider's models; with a key that isn't stored yet, if one is given.</summary>
    internal Task<HttpResponseMessage> ModelsAsync(Provider provider, string? apiKey, CancellationToken cancellation)
    {
        var endpoint = apiKey is null ? _endpoints.GetValue(provider, Connect) : _kinds.Of(provider, apiKey);
        return endpoint.Models.Invoker.SendAsync(endpoint.Message(HttpMethod.Get, endpoint.Models, "", null), cancellation);
    }

    /// <summary>A fire drill: neither the provider nor its credential is touched.</summary>
    private Task<HttpResponseMessage> RehearseAsync(FaultKind fault, Question question, CancellationToken cancellation)
    {
        var (route, message) = _kinds.Simulator.Ask(question with { Model = SimulatedModel.FireDrill });
        return InjectedFault.SendAsync(fault, route.Invoker, message, _time, cancellation);
    }

    public void Dispose()
    {
        Client.Dispose();
        _kinds.Dispose();
        _network.Dispose();
    }

    private Endpoint Connect(Provider provider) =>
        _kinds.Of(provider, provider.ProtectedApiKey is { } secret ? _secrets.Unprotect(SecretPurpose.ProviderApiKey, secret) : null);

    private SocketsHttpHandler Network() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ActivityHeadersPropagator = null,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = TimeSpan.FromSeconds(ModelRules.MaxConnectSeconds),
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        MaxResponseHeadersLength = 64,
        ConnectCallback = ConnectAsync,
        PlaintextStreamFilter = static (context, _) =>
        {
            ConnectLimit.Stands(context.InitialRequestMessage);
            return ValueTask.FromResult(context.PlaintextStream);
        },
    };

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        if (ConnectLimit.Of(context.InitialRequestMessage) is not { } most) return await ConnectVettedAsync(context, cancellation);
        var timer = new CancellationTokenSource(most, _time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellation);
        try
        {
            var connection = await ConnectVettedAsync(context, limit.Token);
            ConnectLimit.Begin(context.InitialRequestMessage, timer, connection);
            return connection;
        }
        catch (Exception e)
        {
            timer.Dispose();
            if (e is OperationCanceledException && !cancellation.IsCancellationRequested) throw new HttpRequestException(HttpRequestError.ConnectionError, "The connection did not stand in time.");
            throw;
        }
    }

    /// <summary>Vets the addresses that the name stands for at this moment, and connects to what was vetted.</summary>
    private static async ValueTask<Stream> ConnectVettedAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
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
}
