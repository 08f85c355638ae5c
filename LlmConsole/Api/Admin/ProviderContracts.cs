using LlmConsole.Core.Configuration;
using LlmConsole.Core.Providers;

namespace LlmConsole.Api.Admin;

/// <summary>A provider as it is sent.</summary>
internal sealed record ProviderBody : IBody<Provider>
{
    public Optional<string> Name { get; init; }
    public Optional<ProviderKind> Kind { get; init; }

    /// <summary>
    /// The root under which <c>chat/completions</c> lies, such as <c>http://localhost:8000/v1</c>; for Anthropic and Ollama the address of the server, for
    /// Azure that of the resource, with <c>?api-version=…</c> to ask by deployments. Needed for openai-compatible and azure-openai only.
    /// </summary>
    public Optional<string> BaseUrl { get; init; }

    /// <summary>The key that the provider gave; stored encrypted and never answered.</summary>
    public Optional<string> ApiKey { get; init; }

    public Provider ApplyTo(Provider item, Edit edit)
    {
        var changed = item with { Name = Name.Or(item.Name) ?? "", Kind = Kind.Or(item.Kind), BaseUrl = BaseUrl.IsSent ? Address(BaseUrl.Value) : item.BaseUrl };
        return ApiKey.IsSent ? changed.WithApiKey(ApiKey.Value, edit.Secrets) : changed;
    }

    private static Uri? Address(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        return Uri.TryCreate(text.Trim(), UriKind.Absolute, out var url) ? url : throw new ConfigurationInvalidException([new("baseUrl", "Must be an absolute http or https URL.")]);
    }
}

/// <summary>A provider as it is answered.</summary>
internal sealed record ProviderView
{
    public string Object { get; } = "provider";
    public required string Id { get; init; }
    public required string Name { get; init; }
    public ProviderKind Kind { get; init; }
    public string? BaseUrl { get; init; }

    /// <summary>Whether a key of the provider is stored.</summary>
    public bool HasApiKey { get; init; }

    /// <summary>The end of the provider's key, to recognise it by; none when it is too short to tell.</summary>
    public string? ApiKeyLastFour { get; init; }
    public DateTimeOffset CreatedAt { get; init; }

    public static ProviderView From(Provider provider) => new()
    {
        Id = provider.Id,
        Name = provider.Name,
        Kind = provider.Kind,
        BaseUrl = provider.BaseUrl?.ToString(),
        HasApiKey = provider.ProtectedApiKey is not null,
        ApiKeyLastFour = provider.ApiKeyLastFour,
        CreatedAt = provider.CreatedAt,
    };
}

/// <summary>What a provider said to a test.</summary>
internal sealed record ProviderTestView
{
    public string Object { get; } = "provider.test";

    /// <summary>Whether it was reached and took the credential.</summary>
    public bool Ok { get; init; }

    /// <summary>Its HTTP status; none when it couldn't be reached.</summary>
    public int? Status { get; init; }
    public required string Message { get; init; }

    /// <summary>The models that it listed.</summary>
    public required IReadOnlyList<string> Models { get; init; }

    public static ProviderTestView From(ProbeResult result) => new() { Ok = result.Ok, Status = result.Status, Message = result.Message, Models = result.Models };
}
