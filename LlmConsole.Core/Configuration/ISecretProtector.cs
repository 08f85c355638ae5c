namespace LlmConsole.Core.Configuration;

/// <summary>Encrypts what must be stored and read back, such as a provider's API key; each purpose has keys of its own.</summary>
public interface ISecretProtector
{
    string Protect(string purpose, string secret);

    /// <exception cref="SecretUnreadableException">The key ring that encrypted it is not the one in use.</exception>
    string Unprotect(string purpose, string protectedSecret);
}

public static class SecretPurpose
{
    public const string ProviderApiKey = "provider-api-key";
    public const string ClientToken = "client-token";
    public const string Webhook = "webhook-secret";
}

/// <summary>A stored secret can't be decrypted: the key ring was lost or replaced. Enter the secret again.</summary>
public sealed class SecretUnreadableException(string message, Exception inner) : Exception(message, inner);
