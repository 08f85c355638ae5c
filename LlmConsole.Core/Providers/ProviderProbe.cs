using System.Text.Json;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Providers;

/// <summary>Asks a provider whether it can be reached and accepts the credential, without a paid call.</summary>
public sealed class ProviderProbe(Upstream upstream, RegisteredClients registered, TimeProvider time)
{
    private const int MaxListBytes = 4 * 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Lists the provider's models. <paramref name="apiKey"/> is the plain key of a form not saved yet; without it, the stored one is used.</summary>
    public async Task<ProbeResult> TestAsync(Provider provider, string? apiKey, CancellationToken cancellation)
    {
        if (provider.Kind == ProviderKind.Registered) return Registered(provider);
        using var deadline = new CancellationTokenSource(Patience, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        try
        {
            using var response = await upstream.ModelsAsync(provider, apiKey, linked.Token);
            if (!response.IsSuccessStatusCode) return new ProbeResult(false, (int)response.StatusCode, ProbeWords.Refused(provider, (int)response.StatusCode, $"there is no model list at this base URL. {Shape(provider.Kind)}"), []);
            await response.Content.LoadIntoBufferAsync(MaxListBytes, linked.Token);
            var models = Names(await response.Content.ReadAsByteArrayAsync(linked.Token));
            return new ProbeResult(true, (int)response.StatusCode, $"{provider.Name} answers and lists {models.Count} models.", models);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new ProbeResult(false, null, ProbeWords.Silent(provider, Patience), []);
        }
        catch (HttpRequestException e)
        {
            return new ProbeResult(false, null, ProbeWords.Unreachable(provider, Reason(e)), []);
        }
        catch (SecretUnreadableException e)
        {
            return new ProbeResult(false, null, e.Message, []);
        }
    }

    private ProbeResult Registered(Provider provider) => registered.Has(provider.Name)
        ? new ProbeResult(true, null, $"The host registered a chat client named {provider.Name}.", [])
        : new ProbeResult(false, null, $"The host registered no chat client named {provider.Name}. A provider of this kind bears the name that the host's code registered its client under.", []);

    private static string Shape(ProviderKind kind) => kind switch
    {
        ProviderKind.AzureOpenAI => "It is the address of the Azure resource.",
        ProviderKind.Anthropic or ProviderKind.Ollama => "It is the address of the server, without a path.",
        _ => "It usually ends in /v1.",
    };

    private static List<string> Names(byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Array
                ? [.. data.EnumerateArray().Select(item => item.Text("id")).OfType<string>().Order(StringComparer.Ordinal)]
                : [];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return [];
        }
    }

    private static string Reason(HttpRequestException e) => e.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => "its name can't be resolved",
        HttpRequestError.ConnectionError => "the connection was refused",
        HttpRequestError.SecureConnectionError => "TLS failed",
        HttpRequestError.ConfigurationLimitExceeded => "it sent more than a list of models takes",
        _ => "the connection failed",
    };
}

/// <summary>What the provider said.</summary>
/// <param name="Status">Its HTTP status; none when it couldn't be reached.</param>
/// <param name="Message">For people: names the provider, the status and the next step.</param>
/// <param name="Models">The model names that it listed.</param>
public sealed record ProbeResult(bool Ok, int? Status, string Message, IReadOnlyList<string> Models);
