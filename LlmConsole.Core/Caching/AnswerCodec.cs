using System.Security.Cryptography;
using System.Text;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Caching;

/// <summary>
/// An answer as bytes for a store that others may write to: authenticated together with its key, so that what was changed, made up, or moved from
/// another key is no answer.
/// </summary>
internal static class AnswerCodec
{
    private const byte Version = 1;
    private const int TagLength = HMACSHA256.HashSizeInBytes;

    public static byte[] Seal(in CacheKey key, CachedAnswer answer, byte[] secret)
    {
        using var bytes = new MemoryStream(TagLength + answer.Size);
        bytes.SetLength(TagLength);
        bytes.Position = TagLength;
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        writer.Write(Version);
        writer.Write(answer.RequestId);
        writer.Write(answer.TenantId);
        writer.Write(answer.Model);
        writer.Write(answer.ProviderModel ?? "");
        writer.Write(answer.FinishReason ?? "");
        foreach (var count in (ReadOnlySpan<long>)[answer.Usage.Input, answer.Usage.CachedInput, answer.Usage.Output, answer.Usage.Reasoning, answer.Usage.CacheWrite]) writer.Write(count);
        writer.Write(answer.StoredAt.ToUnixTimeMilliseconds());
        writer.Write(answer.ExpiresAt.ToUnixTimeMilliseconds());
        writer.Write(answer.Prompt);
        writer.Write(answer.Completion.Span);
        writer.Flush();
        var value = bytes.ToArray();
        Tag(key, value.AsSpan(TagLength), secret, value);
        return value;
    }

    /// <summary>None when the bytes were not sealed under this key with this secret.</summary>
    public static CachedAnswer? Open(in CacheKey key, byte[] value, byte[] secret)
    {
        if (value.Length <= TagLength) return null;
        Span<byte> tag = stackalloc byte[TagLength];
        Tag(key, value.AsSpan(TagLength), secret, tag);
        return CryptographicOperations.FixedTimeEquals(tag, value.AsSpan(0, TagLength)) && value[TagLength] == Version ? Read(value) : null;
    }

    private static CachedAnswer Read(byte[] value)
    {
        using var bytes = new MemoryStream(value) { Position = TagLength + 1 };
        using var reader = new BinaryReader(bytes, Encoding.UTF8);
        var (requestId, tenantId, model, providerModel, finishReason) = (reader.ReadString(), reader.ReadString(), reader.ReadString(), reader.ReadString(), reader.ReadString());
        var usage = new TokenUsage(reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64());
        var (storedAt, expiresAt) = (DateTimeOffset.FromUnixTimeMilliseconds(reader.ReadInt64()), DateTimeOffset.FromUnixTimeMilliseconds(reader.ReadInt64()));
        var prompt = reader.ReadString();
        return new CachedAnswer
        {
            RequestId = requestId, TenantId = tenantId, Model = model, ProviderModel = providerModel.Length > 0 ? providerModel : null, FinishReason = finishReason.Length > 0 ? finishReason : null,
            Usage = usage, StoredAt = storedAt, ExpiresAt = expiresAt, Prompt = prompt, Completion = value.AsSpan((int)bytes.Position).ToArray(),
        };
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
