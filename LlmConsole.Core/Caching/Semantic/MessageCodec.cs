using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace LlmConsole.Core.Caching.Semantic;

/// <summary>
/// A message and its vector as bytes for a store that others may write to: authenticated together with the part that it belongs to and the key of its
/// answer, so that what was changed, made up, or moved from another part is no message.
/// </summary>
internal static class MessageCodec
{
    private const byte Version = 1;
    private const int TagLength = HMACSHA256.HashSizeInBytes;

    public static byte[] Seal(CacheKey part, IndexedMessage message, ReadOnlySpan<float> vector, byte[] secret)
    {
        using var bytes = new MemoryStream();
        bytes.SetLength(TagLength);
        bytes.Position = TagLength;
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        writer.Write(Version);
        writer.Write(message.Text);
        writer.Write(message.TenantId);
        writer.Write(message.RequestId);
        writer.Write(message.ExpiresAt.ToUnixTimeMilliseconds());
        writer.Write(vector.Length);
        writer.Write(MemoryMarshal.AsBytes(vector));
        writer.Flush();
        var value = bytes.ToArray();
        Tag(part, message.Answer, value.AsSpan(TagLength), secret, value);
        return value;
    }

    /// <summary>None when the bytes were not sealed in this part, for this answer, with this secret.</summary>
    public static (IndexedMessage Message, float[] Vector)? Open(CacheKey part, CacheKey answer, byte[] value, byte[] secret)
    {
        if (value.Length <= TagLength) return null;
        Span<byte> tag = stackalloc byte[TagLength];
        Tag(part, answer, value.AsSpan(TagLength), secret, tag);
        return CryptographicOperations.FixedTimeEquals(tag, value.AsSpan(0, TagLength)) && value[TagLength] == Version ? Read(answer, value) : null;
    }

    private static (IndexedMessage Message, float[] Vector) Read(CacheKey answer, byte[] value)
    {
        using var bytes = new MemoryStream(value) { Position = TagLength + 1 };
        using var reader = new BinaryReader(bytes, Encoding.UTF8);
        var (text, tenantId, requestId) = (reader.ReadString(), reader.ReadString(), reader.ReadString());
        var expiresAt = DateTimeOffset.FromUnixTimeMilliseconds(reader.ReadInt64());
        var vector = new float[reader.ReadInt32()];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(vector.AsSpan()));
        return (new IndexedMessage(text, answer, tenantId, requestId, expiresAt), vector);
    }

    private static void Tag(CacheKey part, CacheKey answer, ReadOnlySpan<byte> content, byte[] secret, Span<byte> to)
    {
        Span<byte> names = stackalloc byte[2 * CacheKey.Length];
        part.Write(names);
        answer.Write(names[CacheKey.Length..]);
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret);
        hmac.AppendData(names);
        hmac.AppendData(content);
        hmac.GetHashAndReset(to);
    }
}
