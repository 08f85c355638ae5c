using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace LlmConsole.Hosting;

/// <summary>
/// Kestrel's sockets, which can be closed to newcomers before Kestrel stops. It would do both at once, and hang up on connections that were just opened and whose
/// request is still on its way; a balancer may not send such a request to another instance.
/// </summary>
internal sealed class Listeners : IConnectionListenerFactory
{
    /// <summary>Within this time the last handshakes end, and what they opened is accepted. Shorter than the second after which a client knocks again.</summary>
    private static readonly TimeSpan LastHandshakes = TimeSpan.FromMilliseconds(300);

    // Of Linux: bytes of a connection that the system takes before its reader's system takes them.
    private const int TcpLevel = 6;
    private const int MostUnsent = 25;

    private readonly SocketTransportFactory _sockets;
    private readonly TimeProvider _time;
    private readonly ConcurrentQueue<IConnectionListener> _open = new();
    private readonly ConcurrentQueue<Socket> _listening = new();

    public Listeners(IOptions<SocketTransportOptions> options, ILoggerFactory logs, TimeProvider time)
    {
        var bind = options.Value.CreateBoundListenSocket;
        options.Value.CreateBoundListenSocket = endpoint =>
        {
            var socket = bind(endpoint);
            BoundUnsent(socket);
            _listening.Enqueue(socket);
            return socket;
        };
        (_sockets, _time) = (new SocketTransportFactory(options, logs), time);
    }

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var listener = await _sockets.BindAsync(endpoint, cancellationToken);
        _open.Enqueue(listener);
        return listener;
    }

    /// <summary>
    /// New connections are refused from now on; those that are there go on. The kernel resets whatever it has taken for a socket that closes and that nobody has accepted
    /// yet, so it is first told to take no more, and what it has is accepted.
    /// </summary>
    public async Task CloseAsync(CancellationToken cancellation)
    {
        var isDeaf = true;
        while (_listening.TryDequeue(out var socket)) isDeaf &= Deafness.TryImpose(socket);
        if (isDeaf) await Task.Delay(LastHandshakes, _time, cancellation);
        while (_open.TryDequeue(out var listener)) await listener.UnbindAsync(cancellation);
    }

    /// <summary>
    /// Left to itself the system takes megabytes for a reader who takes nothing, and the answer is made before anybody can notice. Connections inherit the bound from the socket that
    /// they are accepted from. It is one of what isn't under way yet, so distant readers are as fast as ever.
    /// </summary>
    private static void BoundUnsent(Socket socket)
    {
        if (!OperatingSystem.IsLinux() || socket.ProtocolType != ProtocolType.Tcp) return;
        try
        {
            socket.SetRawSocketOption(TcpLevel, MostUnsent, BitConverter.GetBytes(Server.Buffered));
        }
        catch (SocketException)
        {
            // A sandbox without it takes as much as it likes.
        }
    }
}
