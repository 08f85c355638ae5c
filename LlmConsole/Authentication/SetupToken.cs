using System.Security.Cryptography;
using System.Text;

namespace LlmConsole.Authentication;

/// <summary>
/// The one-time token of the set-up link. Only its hash is kept, in memory: each start of the process makes a new one and the old ones die
/// with their process.
/// </summary>
internal sealed class SetupToken
{
    private byte[]? _hash;

    /// <summary>A new token of 256 bits; the one before is no longer accepted.</summary>
    public string Issue()
    {
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        Volatile.Write(ref _hash, Hash(token));
        return token;
    }

    public bool Accepts(string? token) =>
        token is { Length: > 0 and <= 256 } && Volatile.Read(ref _hash) is { } hash && CryptographicOperations.FixedTimeEquals(Hash(token), hash);

    /// <summary>The token did its work.</summary>
    public void Retire() => Volatile.Write(ref _hash, null);

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
