using System.Text.Json;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Routing;

/// <summary>The <c>error</c> object of a provider's answer, as far as it has one.</summary>
/// <param name="Status">The HTTP status that it names, where it does.</param>
internal readonly record struct ProviderError(string? Code, string? Message, int? Status = null)
{
    private const int Failure = 500;

    /// <summary>For an error inside an answer of status 200: the status that it would have had.</summary>
    public int LikelyStatus => Status ?? Code switch
    {
        "context_length_exceeded" or "content_filter" or "invalid_request_error" => 400,
        "rate_limit_exceeded" or "rate_limit_error" or "insufficient_quota" => 429,
        "overloaded" or "overloaded_error" => 529,
        "invalid_api_key" or "authentication_error" => 401,
        _ => Failure,
    };

    public static ProviderError Read(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            using var document = JsonDocument.ParseValue(ref reader);
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("error", out var error)) return default;
            return error.ValueKind switch
            {
                JsonValueKind.String => new ProviderError(null, JsonText.Read(error)),
                JsonValueKind.Object => Of(error),
                _ => default,
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return default;
        }
    }

    private static ProviderError Of(JsonElement error)
    {
        // Some say the status in place of the code.
        var status = error.Number("code") is >= 400 and < 600 and var number ? number : (int?)null;
        return new ProviderError(error.Text("code") ?? error.Text("type"), error.Text("message"), status);
    }
}
