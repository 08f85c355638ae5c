using System.Text.Json.Serialization;

namespace LlmConsole.Core.Configuration;

/// <summary>Where models are served from: a vendor's API, a local model server, or the built-in simulator.</summary>
public sealed record Provider : IConfigured
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required ProviderKind Kind { get; init; }

    /// <summary>The root under which <c>chat/completions</c> lies, such as <c>https://api.openai.com/v1</c>.</summary>
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
}
