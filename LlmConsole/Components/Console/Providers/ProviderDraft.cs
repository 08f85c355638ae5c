using LlmConsole.Core;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Components.Console.Providers;

/// <summary>A provider while it is being edited, as the fields hold it.</summary>
internal sealed class ProviderDraft(Provider? provider)
{
    public const string OpenAIAddress = "https://api.openai.com/v1";

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
        _ => kind.ToString(),
    };

    /// <exception cref="ConfigurationInvalidException">The address can't be read, or a stored key would go to another address.</exception>
    public Provider ToProvider(ISecretProtector secrets, TimeProvider time)
    {
        var url = Kind == ProviderKind.Simulator ? null : Address();
        var result = (provider ?? new Provider { Id = Ids.New("prv", time), Name = "", Kind = Kind, CreatedAt = time.GetUtcNow() }) with { Name = Name.Trim(), Kind = Kind, BaseUrl = url };
        if (!string.IsNullOrWhiteSpace(ApiKey) && Kind != ProviderKind.Simulator) return result.WithApiKey(ApiKey, secrets);
        if (RemoveKey || Kind == ProviderKind.Simulator) return result.WithApiKey(null, secrets);
        if (HasStoredKey && Authority(url) != Authority(provider!.BaseUrl))
            throw new ConfigurationInvalidException([new Problem("apiKey", "The address changed, so enter the key again: a stored key isn't sent to another host.")]);
        return result;
    }

    private static string Authority(Uri? url) => (url ?? new Uri(OpenAIAddress)).GetLeftPart(UriPartial.Authority);

    private Uri? Address()
    {
        if (string.IsNullOrWhiteSpace(BaseUrl)) return null;
        if (Uri.TryCreate(BaseUrl.Trim(), UriKind.Absolute, out var url)) return url;
        throw new ConfigurationInvalidException([new Problem("baseUrl", "Must be an absolute http or https URL.")]);
    }
}
