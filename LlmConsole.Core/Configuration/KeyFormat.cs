using System.Buffers;
using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;

namespace LlmConsole.Core.Configuration;

/// <summary>
/// The text of a key: <c>llmc_live_</c> or <c>llmc_admin_</c>, 32 random base 62 characters, and 6 base 62 characters of CRC-32 over what
/// precedes, so that a mistyped or invented key is refused without a look-up and secret scanners can tell ours from noise.
/// </summary>
public static class KeyFormat
{
    private const string Base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static readonly SearchValues<char> Base62Characters = SearchValues.Create(Base62);
    private const int RandomLength = 32;
    private const int ChecksumLength = 6;

    public static string Prefix(ApiKeyKind kind) => kind == ApiKeyKind.Admin ? "llmc_admin_" : "llmc_live_";

    /// <summary>Whether the text claims to be one of our keys, whatever its checksum says.</summary>
    public static bool Claims(ReadOnlySpan<char> text) => text.StartsWith("llmc_", StringComparison.Ordinal);

    public static string Generate(ApiKeyKind kind)
    {
        var body = Prefix(kind) + RandomNumberGenerator.GetString(Base62, RandomLength);
        Span<char> checksum = stackalloc char[ChecksumLength];
        WriteChecksum(body, checksum);
        return string.Concat(body, checksum);
    }

    /// <summary>Whether prefix, length, alphabet and checksum are right. Says nothing about whether the key was ever issued.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out ApiKeyKind kind)
    {
        kind = text.StartsWith("llmc_admin_", StringComparison.Ordinal) ? ApiKeyKind.Admin : ApiKeyKind.Live;
        var prefix = Prefix(kind);
        if (text.Length != prefix.Length + RandomLength + ChecksumLength || !text.StartsWith(prefix, StringComparison.Ordinal)) return false;
        if (text[prefix.Length..].ContainsAnyExcept(Base62Characters)) return false;

        Span<char> checksum = stackalloc char[ChecksumLength];
        WriteChecksum(text[..^ChecksumLength], checksum);
        return checksum.SequenceEqual(text[^ChecksumLength..]);
    }

    private static void WriteChecksum(ReadOnlySpan<char> body, Span<char> destination)
    {
        Span<byte> ascii = stackalloc byte[64];
        var length = Encoding.ASCII.GetBytes(body, ascii);
        var crc = Crc32.HashToUInt32(ascii[..length]);
        for (var i = destination.Length - 1; i >= 0; i--)
        {
            destination[i] = Base62[(int)(crc % 62)];
            crc /= 62;
        }
    }
}
