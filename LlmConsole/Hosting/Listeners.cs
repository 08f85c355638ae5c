using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace LlmConsole.Hosting;

/// <summary>
/// Kestrel's sockets, which can be closed to newcomers before Kestrel stops. It would do both at once, and hang up on connections that were just opened and whose
/// request is still on its way; a balancer may not send such a request to another instance.
/// </summary>
internal sealed class Listeners(IOptions<SocketTransportOptions> options, ILoggerFactory logs) : IConnectionListenerFactory
{
    private readonly SocketTransportFactory _sockets = new(options, logs);
    private readonly ConcurrentQueue<IConnectionListener> _open = new();

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var listener = await _sockets.BindAsync(endpoint, cancellationToken);
        _open.Enqueue(listener);
        return listener;
    }

    /// <summary>New connections are refused from now on; those that are there go on.</summary>
    public async Task CloseAsync(CancellationToken cancellation)
    {
        while (_open.TryDequeue(out var listener)) await listener.UnbindAsync(cancellation);
    }
}
