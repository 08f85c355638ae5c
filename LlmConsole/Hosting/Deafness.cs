using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace LlmConsole.Hosting;

/// <summary>
/// A listening socket that hears no new connection, while handshakes that are under way still end. Who knocks gets no answer, knocks again after a second, and is refused then
/// if the socket has been closed.
/// </summary>
internal static class Deafness
{
    private const int SocketLevel = 1;
    private const int AttachFilter = 26;

    /// <summary>
    /// A program of Linux' packet filter; it sees a packet from the TCP header on. Each instruction is a code, where to go if true and if false, and an operand: load the flags, skip one
    /// if SYN is among them, take the packet whole, take nothing of it. Connections that are accepted from the socket inherit it, and get no packet with SYN any more.
    /// </summary>
    private static readonly (ushort Code, byte True, byte False, uint Operand)[] Program =
        [(0x30, 0, 0, 13), (0x45, 1, 0, 0x02), (0x06, 0, 0, uint.MaxValue), (0x06, 0, 0, 0)];

    /// <summary>Whether the system could do it; it needs no privilege, but Linux.</summary>
    public static bool TryImpose(Socket socket)
    {
        if (!OperatingSystem.IsLinux()) return false;
        var program = GCHandle.Alloc(Encode(), GCHandleType.Pinned);
        try
        {
            socket.SetRawSocketOption(SocketLevel, AttachFilter, Header(program.AddrOfPinnedObject()));
            return true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // A sandbox without it, a socket of another kind: what waits in the moment of closing is reset, as everywhere else.
            return false;
        }
        finally
        {
            program.Free();
        }
    }

    /// <summary>As in <c>struct sock_filter</c>.</summary>
    private static byte[] Encode()
    {
        var bytes = new byte[Program.Length * 8];
        for (var i = 0; i < Program.Length; i++)
        {
            var instruction = bytes.AsSpan(i * 8, 8);
            MemoryMarshal.Write(instruction, Program[i].Code);
            (instruction[2], instruction[3]) = (Program[i].True, Program[i].False);
            MemoryMarshal.Write(instruction[4..], Program[i].Operand);
        }

        return bytes;
    }

    /// <summary>As in <c>struct sock_fprog</c>: how many instructions, and, at the next boundary of a pointer, where.</summary>
    private static byte[] Header(nint program)
    {
        var bytes = new byte[2 * nint.Size];
        MemoryMarshal.Write(bytes, (ushort)Program.Length);
        MemoryMarshal.Write(bytes.AsSpan(nint.Size), program);
        return bytes;
    }
}
