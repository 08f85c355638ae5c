using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace LlmConsole.Core.Webhooks;

/// <summary>Standard Webhooks 1.0.0: HMAC-SHA256 over <c>{id}.{timestamp}.{body}</c>.</summary>
internal static class WebhookSignature
{
    public const string SecretPrefix = "whsec_";
    private const int SecretLength = 32;

    /// <summary>A new secret: the prefix and 32 random bytes in base 64.</summary>
    public static string NewSecret() => SecretPrefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(SecretLength));

    /// <summary>The value of <c>webhook-signature</c>: one signature for each secret, the newest first.</summary>
    public static string Sign(IEnumerable<string> secrets, string id, DateTimeOffset timestamp, byte[] body)
    {
        var signed = (byte[])[.. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp.ToUnixTimeSeconds()}.")), .. body];
        return string.Join(' ', secrets.Select(secret => "v1," + Convert.ToBase64String(HMACSHA256.HashData(KeyOf(secret), signed))));
    }

    private static byte[] KeyOf(string secret) => Convert.FromBase64String(secret.StartsWith(SecretPrefix, StringComparison.Ordinal) ? secret[SecretPrefix.Length..] : secret);
}
