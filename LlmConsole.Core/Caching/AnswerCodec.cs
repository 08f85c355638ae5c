using System.Security.Cryptography;

namespace LlmConsole.Core.Caching;

/// <summary>
/// An answer as bytes for a store that others may write to: authenticated together with its key, so that what was changed, made up, or moved from
/// another key is no answer.
/// </summary>
internal static class AnswerCodec
{
    private const byte Version = 2;

    /// <summary>What is authenticated has the key in the place of the tag: both have as many bytes.</summary>
    private const int TagLength = HMACSHA256.HashSizeInBytes;

    public static byte[] Seal(in CacheKey key, CachedAnswer answer, byte[] secret)
    {
        using var bytes = new PooledBytes(answer.Completion.Length + PooledBytes.InitialSize);
        key.Write(bytes.Room(TagLength));
        bytes.Advance(TagLength);
        bytes.Add(Version);
        AnswerBytes.Write(answer, bytes);
        var value = bytes.Span.ToArray();
        Span<byte> tag = stackalloc byte[TagLength];
        HMACSHA256.HashData(secret, value, tag);
        tag.CopyTo(value);
        return value;
    }

    /// <summary>None when the bytes were not sealed under this key with this secret.</summary>
    /// <param name="value">It is written to.</param>
    public static CachedAnswer? Open(in CacheKey key, byte[] value, byte[] secret)
    {
        if (value.Length <= TagLength) return null;
        Span<byte> told = stackalloc byte[TagLength];
        Span<byte> tag = stackalloc byte[TagLength];
        value.AsSpan(0, TagLength).CopyTo(told);
        key.Write(value);
        HMACSHA256.HashData(secret, value, tag);
        return CryptographicOperations.FixedTimeEquals(tag, told) && value[TagLength] == Version ? AnswerBytes.Read(value.AsMemory(TagLength + 1)) : null;
    }
}
