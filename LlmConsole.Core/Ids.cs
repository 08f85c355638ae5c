using System.Security.Cryptography;

namespace LlmConsole.Core;

/// <summary>Identifiers: a prefix that says what the object is, and 26 characters that sort by creation time (a version 7 UUID in Crockford base 32).</summary>
public static class Ids
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    /// <summary>A new identifier such as <c>ten_01jd…</c>.</summary>
    public static string New(string prefix, TimeProvider time)
    {
        Span<byte> bytes = stackalloc byte[16];
        Guid.CreateVersion7(time.GetUtcNow()).TryWriteBytes(bytes, bigEndian: true, out _);
        return Format(prefix, bytes);
    }

    /// <summary>An identifier that can't be guessed or ordered, for what acts as a capability.</summary>
    public static string NewRandom(string prefix)
    {
        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes);
        return Format(prefix, bytes);
    }

    private static string Format(string prefix, ReadOnlySpan<byte> bytes)
    {
        var value = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);
        Span<char> text = stackalloc char[26];
        for (var i = text.Length - 1; i >= 0; i--)
        {
            text[i] = Alphabet[(int)(value & 31)];
            value >>= 5;
        }

        return string.Concat(prefix, "_", text);
    }
}
