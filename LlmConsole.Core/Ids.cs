using System.Buffers.Binary;
using System.Security.Cryptography;

namespace LlmConsole.Core;

/// <summary>Identifiers: a prefix that says what the object is, and 26 characters that sort by creation time (a version 7 UUID in Crockford base 32).</summary>
public static class Ids
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private const int Drawn = 512;

    /// <summary>Of an identifier's 128 bits, what twelve characters say.</summary>
    private const int HalfBits = 60;
    private const ulong Half = (1UL << HalfBits) - 1;

    [ThreadStatic]
    private static (byte[] Bytes, int Used)? _random;

    /// <summary>A new identifier such as <c>ten_01jd…</c>.</summary>
    public static string New(string prefix, TimeProvider time)
    {
        Span<byte> bytes = stackalloc byte[16];
        Draw(bytes);

        // Where such a UUID may have random bits or a more precise clock: objects that are made one after another sort so within a millisecond, too.
        var (milliseconds, ticks) = Math.DivRem(time.GetUtcNow().UtcTicks - DateTime.UnixEpoch.Ticks, TimeSpan.TicksPerMillisecond);
        BinaryPrimitives.WriteUInt64BigEndian(bytes, ((ulong)milliseconds << 16) | 0x7000 | (ulong)(ticks * 0x1000 / TimeSpan.TicksPerMillisecond));
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return Format(prefix, bytes);
    }

    /// <summary>What identifiers made at this moment or later sort after, and earlier ones before.</summary>
    public static string Lowest(string prefix, DateTimeOffset at)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        BinaryPrimitives.WriteUInt64BigEndian(bytes, (ulong)at.ToUnixTimeMilliseconds() << 16);
        return Format(prefix, bytes);
    }

    /// <summary>An identifier that can't be guessed or ordered, for what acts as a capability.</summary>
    public static string NewRandom(string prefix)
    {
        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes);
        return Format(prefix, bytes);
    }

    /// <summary>Random bytes, drawn from the system for many ids at once: each draw is a system call. Each byte is given out once.</summary>
    private static void Draw(Span<byte> bytes)
    {
        var (drawn, used) = _random ?? (new byte[Drawn], Drawn);
        if (used + bytes.Length > drawn.Length)
        {
            RandomNumberGenerator.Fill(drawn);
            used = 0;
        }

        drawn.AsSpan(used, bytes.Length).CopyTo(bytes);
        _random = (drawn, used + bytes.Length);
    }

    private static string Format(string prefix, ReadOnlySpan<byte> bytes)
    {
        var value = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        Span<char> text = stackalloc char[26];

        // In parts that a register holds.
        Write((ulong)value & Half, text[14..]);
        Write((ulong)(value >> HalfBits) & Half, text[2..14]);
        Write((ulong)(value >> (2 * HalfBits)), text[..2]);
        return string.Concat(prefix, "_", text);
    }

    private static void Write(ulong value, Span<char> to)
    {
        for (var i = to.Length - 1; i >= 0; i--)
        {
            to[i] = Alphabet[(int)(value & 31)];
            value >>= 5;
        }
    }
}
