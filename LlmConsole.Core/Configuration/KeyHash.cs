using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace LlmConsole.Core.Configuration;

/// <summary>The SHA-256 of a key: an index key of four words, so that a look-up allocates nothing.</summary>
public readonly record struct KeyHash(ulong A, ulong B, ulong C, ulong D)
{
    public static KeyHash Of(ReadOnlySpan<char> key)
    {
        Span<byte> utf8 = stackalloc byte[Math.Min(Encoding.UTF8.GetMaxByteCount(key.Length), 512)];
        if (!Encoding.UTF8.TryGetBytes(key, utf8, out var length)) return default;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(utf8[..length], hash);
        return From(hash);
    }

    public static KeyHash From(ReadOnlySpan<byte> hash) => MemoryMarshal.Read<KeyHash>(hash);

    /// <summary>Looks at all of it, wherever the first difference is: how long it takes tells nothing of a stored hash.</summary>
    public bool Equals(KeyHash other) => ((A ^ other.A) | (B ^ other.B) | (C ^ other.C) | (D ^ other.D)) == 0;

    public override int GetHashCode() => (int)A;

    public byte[] ToBytes()
    {
        var bytes = new byte[SHA256.HashSizeInBytes];
        MemoryMarshal.Write(bytes, in this);
        return bytes;
    }
}
