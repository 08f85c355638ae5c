using System.Net;
using System.Net.Sockets;

namespace LlmConsole.Tests.Support;

/// <summary>
/// Ports of 127.0.0.1 for servers of others, which are told theirs before they take it. They lie below those that a
/// system gives to connections and to listeners that ask for any, and no two callers get the same: nobody takes one in between.
/// </summary>
public static class Ports
{
    private const int First = 20_000;
    private const int Count = 10_000;

    private static int s_asked = Environment.ProcessId * 31;

    /// <summary>A port that nobody listens on and that no other test is told.</summary>
    public static int Free()
    {
        while (true)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref s_asked) % Count);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException taken) when (taken.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
            {
            }
        }
    }
}
