namespace LlmConsole.Core.Configuration;

/// <summary>The API key that a provider gave us: stored encrypted, recognised by its end.</summary>
public static class ProviderCredential
{
    // Of a shorter key, four characters would give away too much.
    private const int ShortestShown = 12;

    /// <summary>Why a provider whose address changed is refused: whoever may edit an address must not learn the key by sending it to a server of their own.</summary>
    public static Problem Moved { get; } = new("apiKey", "The address changed, so enter the key again: a stored key isn't sent to another host.");

    /// <summary>Whether the key that is stored with <paramref name="before"/> would be sent to another host than the one that it was entered for.</summary>
    public static bool MovesKeyOf(this Provider provider, Provider? before) =>
        before?.ProtectedApiKey is { } key && provider.ProtectedApiKey == key && AuthorityOf(provider) != AuthorityOf(before);

    /// <summary>The provider with this plain key, or with none when it is null or blank.</summary>
    public static Provider WithApiKey(this Provider provider, string? apiKey, ISecretProtector secrets) => string.IsNullOrWhiteSpace(apiKey)
        ? provider with { ProtectedApiKey = null, ApiKeyLastFour = null }
        : provider with
        {
            ProtectedApiKey = secrets.Protect(SecretPurpose.ProviderApiKey, apiKey.Trim()),
            ApiKeyLastFour = apiKey.Trim() is { Length: >= ShortestShown } text ? text[^4..] : null,
        };

    private static string? AuthorityOf(Provider provider) => (provider.BaseUrl ?? provider.Kind.DefaultAddress())?.GetLeftPart(UriPartial.Authority);
}
