using System.Security.Cryptography;

namespace LlmConsole.Core.Caching;

/// <summary>
/// An answer as bytes for a store that others may write to: authenticated together with its key, so that what was changed, made up, or moved from
/// another key is no answer.
/// </summary>
internal static class AnswerCodec
{
    private const byte Version = 2;
    private const int TagLength = HMACSHA256.HashSizeInBytes;

    public static byte[] Seal(in CacheKey key, CachedAnswer answer, byte[] secret)
    {
        using var bytes = new PooledBytes(answer.Completion.Length + PooledBytes.InitialSize);
        bytes.Room(TagLength);
        bytes.Advance(TagLength);
        bytes.Add(Version);
        AnswerBytes.Write(answer, bytes);
        var value = bytes.Span.ToArray();
        Tag(key, value.AsSpan(TagLength), secret, value);
        return value;
    }

    /// <summary>None when the bytes were not sealed under this key with this secret.</summary>
    public static CachedAnswer? Open(in CacheKey key, byte[] value, byte[] secret)
    {
        if (value.Length <= TagLength) return null;
        Span<byte> tag = stackalloc byte[TagLength];
        Tag(key, value.AsSpan(TagLength), secret, tag);
        return CryptographicOperations.FixedTimeEquals(tag, value.AsSpan(0, TagLength)) && value[TagLength] == Version ? AnswerBytes.Read(value.AsMemory(TagLength + 1)) : null;
    }

    private static void Tag(in CacheKey key, ReadOnlySpan<byte> content, byte[] secret, Span<byte> to)
    {
        Span<byte> name = stackalloc byte[CacheKey.Length];
        key.Write(name);
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret);
        hmac.AppendData(name);
        hmac.AppendData(content);
        hmac.GetHashAndReset(to);
    }
}
