using System.IO.Compression;
using System.Text;

namespace LlmConsole.Core.Bodies;

/// <summary>Masks and compresses a body, and reads it back.</summary>
internal static class Packing
{
    /// <summary>The most bytes of a masked request or answer that are kept.</summary>
    public const int Most = 1024 * 1024;

    public static KeptBody Pack(PendingBody body, DateTimeOffset now) => new()
    {
        RequestId = body.RequestId, TenantId = body.TenantId, ExpiresAt = now.AddDays(body.Policy.RetentionDays), RequestBytes = body.RequestBytes, ResponseBytes = body.ResponseBytes,
        Request = Pack(body.Request, body), Response = Pack(body.Response().Span, body),
    };

    /// <summary>The text; none when there is none.</summary>
    public static string? Unpack(byte[] packed)
    {
        if (packed.Length == 0) return null;
        using var brotli = new BrotliStream(new MemoryStream(packed), CompressionMode.Decompress);
        using var reader = new StreamReader(brotli, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private static byte[] Pack(ReadOnlySpan<byte> json, PendingBody body)
    {
        if (json.IsEmpty) return [];
        var masked = MaskedJson.Of(json, body.Policy.Masks);
        if (masked.Length > Most) return [];
        using var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true)) brotli.Write(masked);
        return packed.ToArray();
    }
}
