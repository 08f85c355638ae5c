using System.Text.Json;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;

namespace LlmConsole.Authentication;

/// <summary>
/// Short-lived tokens that a program gets with its API key and hands to a browser, so that the key never reaches one. A token is the key's for a few
/// minutes and less: models asked directly and nothing else, perhaps only some of them, perhaps in one user's name. Nothing of it is stored: it
/// is encrypted with a purpose of its own, every instance that shares the key ring can read it, and it ends with its key.
/// </summary>
internal sealed class ClientTokens(ISecretProtector protector, TimeProvider time)
{
    public const int MaxSeconds = 900;

    private const string Prefix = "llmc_client_";
    private const int MaxLength = 16_384;

    public static bool Claims(ReadOnlySpan<char> text) => text.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>A token that opens what its caller may use, narrowed, until the moment.</summary>
    public string Issue(ApiKey key, DateTimeOffset expiresAt, IReadOnlyList<string> models, string? userId) =>
        Prefix + protector.Protect(SecretPurpose.ClientToken, JsonSerializer.Serialize(new Content(key.Id, expiresAt.ToUnixTimeMilliseconds(), models, userId)));

    /// <summary>Whose call it is; the key is held against everything that holds for itself.</summary>
    /// <exception cref="RefusalException">Altered, expired, or its key isn't active any more.</exception>
    public (ApiKey Key, IReadOnlyList<string> Models, string? UserId) Read(ReadOnlySpan<char> text, ConfigurationSnapshot snapshot)
    {
        var content = Open(text);
        var now = time.GetUtcNow();
        if (content.ExpiresAt <= now.ToUnixTimeMilliseconds()) throw new RefusalException(ErrorCode.KeyExpired, "The client token has expired. Get a new one with POST /v1/tokens.");
        return snapshot.Keys.TryGetValue(content.KeyId, out var key) && key.StatusAt(now) == KeyStatus.Active
            ? (key, content.Models, content.UserId)
            : throw new RefusalException(ErrorCode.InvalidApiKey, "The API key of this client token was revoked or has expired. Get a token with another key.");
    }

    private Content Open(ReadOnlySpan<char> text)
    {
        try
        {
            if (text.Length <= MaxLength) return JsonSerializer.Deserialize<Content>(protector.Unprotect(SecretPurpose.ClientToken, text[Prefix.Length..].ToString()))!;
        }
        catch (SecretUnreadableException)
        {
            // Invented, altered, or of another installation: all the same to its caller.
        }

        throw new RefusalException(ErrorCode.InvalidApiKey, "The client token is incomplete or altered, or comes from another gateway. Get a new one with POST /v1/tokens.");
    }

    private sealed record Content(string KeyId, long ExpiresAt, IReadOnlyList<string> Models, string? UserId);
}

/// <summary>Metadata of endpoints that client tokens open. Those without it are closed to them.</summary>
internal sealed class OpenToClientTokens;
