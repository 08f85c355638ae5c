using System.Text.Json.Serialization;

namespace LlmConsole.Core.Configuration;

/// <summary>Where models are served from: a vendor's API, a local model server, or the built-in simulator.</summary>
public sealed record Provider : IConfigured
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required ProviderKind Kind { get; init; }

    /// <summary>
    /// The root under which <c>chat/completions</c> lies, such as <c>https://api.openai.com/v1</c>; for Anthropic and Ollama, the address of the server.
    /// On Azure, the resource: with <c>?api-version=…</c> by deployments, without it by the v1 routes.
    /// </summary>
    public Uri? BaseUrl { get; init; }

    /// <summary>The provider's API key, encrypted; it is decrypted only to be sent to the provider.</summary>
    [JsonIgnore]
    public string? ProtectedApiKey { get; init; }

    /// <summary>The last four characters of the provider's API key, to recognise it by.</summary>
    public string? ApiKeyLastFour { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}

public enum ProviderKind
{
    [JsonStringEnumMemberName("openai")]
    OpenAI,

    [JsonStringEnumMemberName("openai-compatible")]
    OpenAICompatible,

    [JsonStringEnumMemberName("simulator")]
    Simulator,

    /// <summary>Azure OpenAI: OpenAI's wire under addresses and a header of its own.</summary>
    [JsonStringEnumMemberName("azure-openai")]
    AzureOpenAI,

    [JsonStringEnumMemberName("anthropic")]
    Anthropic,

    [JsonStringEnumMemberName("ollama")]
    Ollama,

    /// <summary>A chat client that the host's code registered under the provider's name.</summary>
    [JsonStringEnumMemberName("registered")]
    Registered,
}

public static class ProviderKinds
{
    /// <summary>Where a kind of provider is asked when no address is given; none for kinds that need one or have none.</summary>
    public static Uri? DefaultAddress(this ProviderKind kind) => kind switch
    {
        ProviderKind.OpenAI => new Uri("https://api.openai.com/v1"),
        ProviderKind.Anthropic => new Uri("https://api.anthropic.com"),
        ProviderKind.Ollama => new Uri("http://localhost:11434"),
        _ => null,
    };
}
