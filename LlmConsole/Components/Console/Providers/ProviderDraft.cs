using LlmConsole.Core;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Components.Console.Providers;

/// <summary>A provider while it is being edited, as the fields hold it.</summary>
internal sealed class ProviderDraft(Provider? provider)
{
    /// <summary>Where a kind of provider is asked when no address is given, as people write it.</summary>
    public static string? DefaultAddress(ProviderKind kind) => kind.DefaultAddress()?.OriginalString;

    /// <summary>Whether a kind of provider lives inside the process, without address and key.</summary>
    public static bool IsInside(ProviderKind kind) => kind is ProviderKind.Simulator or ProviderKind.Registered;

    public string Name { get; set; } = provider?.Name ?? "";

    public ProviderKind Kind { get; set; } = provider?.Kind ?? ProviderKind.OpenAI;

    public string BaseUrl { get; set; } = provider?.BaseUrl?.ToString() ?? "";

    /// <summary>A new API key; empty keeps the stored one.</summary>
    public string ApiKey { get; set; } = "";

    public bool RemoveKey { get; set; }

    public bool HasStoredKey => provider?.ProtectedApiKey is not null;

    public static string NameOf(ProviderKind kind) => kind switch
    {
        ProviderKind.OpenAI => "OpenAI",
        ProviderKind.OpenAICompatible => "OpenAI-compatible",
        ProviderKind.AzureOpenAI => "Azure OpenAI",
        ProviderKind.Registered => "Registered by the host",
        _ => kind.ToString(),
    };

    /// <exception cref="ConfigurationInvalidException">The address can't be read, or a stored key would go to another address.</exception>
    public Provider ToProvider(ISecretProtector secrets, TimeProvider time)
    {
        var url = IsInside(Kind) ? null : Address();
        var result = (provider ?? new Provider { Id = Ids.New("prv", time), Name = "", Kind = Kind, CreatedAt = time.GetUtcNow() }) with { Name = Name.Trim(), Kind = Kind, BaseUrl = url };
        if (!string.IsNullOrWhiteSpace(ApiKey) && !IsInside(Kind)) return result.WithApiKey(ApiKey, secrets);
        if (RemoveKey || IsInside(Kind)) return result.WithApiKey(null, secrets);

        // Not only when it is saved: a test of the connection sends the key too.
        return result.MovesKeyOf(provider) ? throw new ConfigurationInvalidException([ProviderCredential.Moved]) : result;
    }

    private Uri? Address()
    {
        if (string.IsNullOrWhiteSpace(BaseUrl)) return null;
        if (Uri.TryCreate(BaseUrl.Trim(), UriKind.Absolute, out var url)) return url;
        throw new ConfigurationInvalidException([new Problem("baseUrl", "Must be an absolute http or https URL.")]);
    }
}
