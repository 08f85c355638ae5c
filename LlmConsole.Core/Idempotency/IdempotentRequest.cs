using System.Security.Cryptography;
using System.Text;

namespace LlmConsole.Core.Idempotency;

/// <summary>A request that its client may send again and that must count once: the tenant's own name for it, and a digest of what was asked.</summary>
/// <param name="TenantId">Keys of different tenants never meet.</param>
/// <param name="Key">What the client sent as <c>Idempotency-Key</c>.</param>
/// <param name="PayloadHash">SHA-256 of the route and the body as sent, in hex.</param>
public sealed record IdempotentRequest(string TenantId, string Key, string PayloadHash)
{
    public const int MaxKeyLength = 255;

    /// <summary>1 to 255 visible ASCII characters.</summary>
    public static bool IsValidKey(string key) => key.Length is > 0 and <= MaxKeyLength && !key.AsSpan().ContainsAnyExceptInRange('!', '~');

    public static IdempotentRequest Of(string tenantId, string key, string route, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(route + "\n"));
        hash.AppendData(body);
        return new IdempotentRequest(tenantId, key, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }
}
