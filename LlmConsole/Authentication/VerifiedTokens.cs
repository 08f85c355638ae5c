using System.Runtime.InteropServices;
using System.Security.Cryptography;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Authentication;

/// <summary>Whom a JWT names. Which tenant that is, and whether it may call, is looked up anew for every call.</summary>
/// <param name="TenantClaim">The claim that holds the tenant's id or name.</param>
/// <param name="Tenant">What that claim says.</param>
/// <param name="ExpiresAt">By the token itself.</param>
internal sealed record JwtIdentity(string TenantClaim, string? Tenant, string? UserId, DateTimeOffset ExpiresAt);

/// <summary>
/// JWTs whose signature was verified a moment ago, by the SHA-256 of the whole token: one that comes again costs a hash. They are forgotten when they expire and
/// after a few minutes at the latest, so that a signing key which its issuer has withdrawn doesn't count for longer. The settings of issuers are read at the start, as this is begun.
/// </summary>
internal sealed class VerifiedTokens(TimeProvider time)
{
    internal const int Most = 10_000;
    internal static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private readonly RecentEntries<KeyHash, (JwtIdentity Identity, DateTimeOffset Until)> _known = new(Most);

    internal int Count
    {
        get
        {
            lock (_lock) return _known.Count;
        }
    }

    public JwtIdentity? Find(ReadOnlySpan<char> token)
    {
        var (hash, now) = (Hash(token), time.GetUtcNow());
        lock (_lock) return _known.TryGet(hash, out var known) && now < known.Until ? known.Identity : null;
    }

    public void Add(ReadOnlySpan<char> token, JwtIdentity identity)
    {
        var (hash, longest) = (Hash(token), time.GetUtcNow() + Longest);
        lock (_lock) _known.Set(hash, (identity, identity.ExpiresAt < longest ? identity.ExpiresAt : longest));
    }

    /// <summary>Over the characters as they lie in memory: no two tokens are the same bytes.</summary>
    private static KeyHash Hash(ReadOnlySpan<char> token)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(token), hash);
        return KeyHash.From(hash);
    }
}
