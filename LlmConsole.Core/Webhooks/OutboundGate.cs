using System.Net;
using System.Net.Sockets;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Core.Webhooks;

/// <summary>Finds the addresses of a host name.</summary>
internal delegate Task<IPAddress[]> NameLookup(string host, CancellationToken cancellation);

/// <summary>
/// Lets connections through to public addresses only. What counts is the address that is connected to, not the name or an earlier look-up of
/// it: a name that resolves to something public when it is saved and to something private a moment later gets no further.
/// </summary>
internal sealed class OutboundGate(WebhookOptions options, NameLookup lookup)
{
    /// <summary>Why nothing can be sent there: what the URL itself says, and what its host name resolves to now. A name that doesn't resolve may do so later.</summary>
    public async Task<string?> WhyNotAsync(Uri url, CancellationToken cancellation)
    {
        try
        {
            if (OutboundAddress.WhyNot(url, options.AllowPrivate) is { } reason) return reason;
            return WhyNot(url.IdnHost, await lookup(url.IdnHost, cancellation));
        }
        catch (SocketException)
        {
            return null;
        }
        catch (Exception e) when (e is ArgumentException or UriFormatException)
        {
            return "The host name isn't one: it is too long, or can't be written in the letters that names have.";
        }
    }

    /// <summary>Connects for an HTTP handler.</summary>
    /// <exception cref="OutboundRefusedException">The name resolves to an address that isn't allowed.</exception>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var target = context.DnsEndPoint;
        var addresses = await lookup(target.Host, cancellation);
        if (WhyNot(target.Host, addresses) is { } reason) throw new OutboundRefusedException(reason);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, target.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>One address that isn't allowed condemns the name: which of them would be taken isn't ours to say.</summary>
    private string? WhyNot(string host, IPAddress[] addresses)
    {
        foreach (var address in addresses)
        {
            if (OutboundAddress.WhyNot(address, options.AllowPrivate) is { } reason) return IPAddress.TryParse(host.Trim('[', ']'), out _) ? reason : $"{host} resolves to an address that isn't allowed: {reason}";
        }

        return null;
    }
}

/// <summary>A connection was not made, because of where it would lead.</summary>
internal sealed class OutboundRefusedException(string message) : Exception(message);
