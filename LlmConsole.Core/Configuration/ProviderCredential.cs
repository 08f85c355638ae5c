namespace LlmConsole.Core.Configuration;

/// <summary>The API key that a provider gave us: stored encrypted, recognised by its end.</summary>
public static class ProviderCredential
{
    // Of a shorter key, four characters would give away too much.
    private const int ShortestShown = 12;

    /// <summary>The provider with this plain key, or with none when it is null or blank.</summary>
    public static Provider WithApiKey(this Provider provider, string? apiKey, ISecretProtector secrets) => string.IsNullOrWhiteSpace(apiKey)
        ? provider with { ProtectedApiKey = null, ApiKeyLastFour = null }
        : provider with
        {
            ProtectedApiKey = secrets.Protect(SecretPurpose.ProviderApiKey, apiKey.Trim()),
            ApiKeyLastFour = apiKey.Trim() is { Length: >= ShortestShown } text ? text[^4..] : null,
        };
}
