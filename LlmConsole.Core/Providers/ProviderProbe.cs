using System.Text.Json;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Core.Providers;

/// <summary>Asks a provider whether it can be reached and accepts the credential, without a paid call.</summary>
public sealed class ProviderProbe(Upstream upstream, TimeProvider time)
{
    private const int MaxListBytes = 4 * 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Lists the provider's models. <paramref name="apiKey"/> is the plain key of a form not saved yet; without it, the stored one is used.</summary>
    public async Task<ProbeResult> TestAsync(Provider provider, string? apiKey, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(Patience, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        try
        {
            using var response = await upstream.ModelsAsync(provider, apiKey, linked.Token);
            if (!response.IsSuccessStatusCode) return Failed(provider, (int)response.StatusCode);
            await response.Content.LoadIntoBufferAsync(MaxListBytes, linked.Token);
            var models = Names(await response.Content.ReadAsByteArrayAsync(linked.Token));
            return new ProbeResult(true, (int)response.StatusCode, $"{provider.Name} answers and lists {models.Count} models.", models);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new ProbeResult(false, null, $"{provider.Name} did not answer within {Patience.TotalSeconds:0} seconds. Check the base URL and that the server is up.", []);
        }
        catch (HttpRequestException e)
        {
            return new ProbeResult(false, null, $"{provider.Name} can't be reached ({Reason(e)}). Check the base URL and that the server is up.", []);
        }
        catch (SecretUnreadableException e)
        {
            return new ProbeResult(false, null, e.Message, []);
        }
    }

    private static ProbeResult Failed(Provider provider, int status) => new(false, status, status switch
    {
        401 or 403 => $"{provider.Name} answered {status}: it doesn't accept the API key. Enter a valid key.",
        404 => $"{provider.Name} answered 404: there is no model list at this base URL. It usually ends in /v1.",
        429 => $"{provider.Name} answered 429: it is throttling this account. The key is known; try again later.",
        >= 300 and < 400 => $"{provider.Name} answered {status}, a redirect, which is not followed. Enter the final base URL.",
        >= 500 => $"{provider.Name} answered {status}: it has a problem of its own. Try again later.",
        _ => $"{provider.Name} answered {status}. Check the base URL and the API key.",
    }, []);

    private static List<string> Names(byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Array
                ? [.. data.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.Object && item.TryGetProperty("id", out var id) ? id.GetString() : null).OfType<string>().Order(StringComparer.Ordinal)]
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
        _ => "the connection failed",
    };
}

/// <summary>What the provider said.</summary>
/// <param name="Status">Its HTTP status; none when it couldn't be reached.</param>
/// <param name="Message">For people: names the provider, the status and the next step.</param>
/// <param name="Models">The model names that it listed.</param>
public sealed record ProbeResult(bool Ok, int? Status, string Message, IReadOnlyList<string> Models);
