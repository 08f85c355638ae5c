using System.Net.Http.Headers;
using System.Text.Json;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Routing;

/// <summary>Why a provider gave no answer, in words for the caller: never the provider's credential, account or raw body.</summary>
/// <param name="IsRequestsFault">The request itself is at fault: another target would say the same.</param>
internal sealed record AttemptFailure(ErrorCode Error, string Message, bool IsRequestsFault = false, TimeSpan? RetryAfter = null)
{
    private const int MaxMessage = 500;

    public RefusalException ToRefusal() => new(Error, Message) { RetryAfter = RetryAfter };

    public static AttemptFailure Unreachable(Provider provider) => new(ErrorCode.UpstreamError, $"The provider {provider.Name} can't be reached. Try again; if it persists, tell your administrator.");

    public static AttemptFailure Malformed(Provider provider) => new(ErrorCode.UpstreamError, $"The provider {provider.Name} sent an answer that can't be read. Try again; if it persists, tell your administrator.");

    public static AttemptFailure Silent(Provider provider, TimeSpan deadline) => new(ErrorCode.Timeout, FormattableString.Invariant($"The provider {provider.Name} did not answer within {deadline.TotalSeconds:0.#} s. Try again, or allow more time."));

    /// <summary>From a status other than 2xx and the beginning of its body.</summary>
    public static AttemptFailure From(Provider provider, int status, RetryConditionHeaderValue? retryAfter, ReadOnlySpan<byte> body, TimeProvider time)
    {
        var error = ProviderError.Read(body);
        return status switch
        {
            400 or 413 or 422 when error.Code == "context_length_exceeded" => new(ErrorCode.ContextLengthExceeded, Said(provider, error), IsRequestsFault: true),
            400 when error.Code == "content_filter" => new(ErrorCode.ContentFilter, Said(provider, error), IsRequestsFault: true),
            400 or 413 or 422 => new(ErrorCode.InvalidValue, Said(provider, error), IsRequestsFault: true),
            401 or 402 or 403 or 404 => new(ErrorCode.UpstreamError, $"The provider {provider.Name} refused the gateway ({status}). This is a matter of configuration: tell your administrator."),
            429 => new(ErrorCode.Overloaded, $"The provider {provider.Name} is throttling. Try again later.", RetryAfter: Delay(retryAfter, time)),
            503 or 529 => new(ErrorCode.Overloaded, $"The provider {provider.Name} is overloaded. Try again later.", RetryAfter: Delay(retryAfter, time)),
            _ => new(ErrorCode.UpstreamError, $"The provider {provider.Name} failed ({status}). Try again; if it persists, tell your administrator."),
        };
    }

    private static string Said(Provider provider, ProviderError error) =>
        error.Message is { Length: > 0 } message ? $"The provider {provider.Name} refused the request: {(message.Length > MaxMessage ? message[..MaxMessage] + "…" : message)}" : $"The provider {provider.Name} refused the request as invalid.";

    private static TimeSpan? Delay(RetryConditionHeaderValue? header, TimeProvider time)
    {
        var delay = header?.Delta ?? (header?.Date - time.GetUtcNow());
        return delay is { } wait ? TimeSpan.FromSeconds(Math.Clamp(wait.TotalSeconds, 1, 3600)) : null;
    }
}

/// <summary>The <c>error</c> object of a provider's answer, as far as it has one.</summary>
internal readonly record struct ProviderError(string? Code, string? Message)
{
    public static ProviderError Read(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            using var document = JsonDocument.ParseValue(ref reader);
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("error", out var error)) return default;
            return error.ValueKind switch
            {
                JsonValueKind.String => new ProviderError(null, error.GetString()),
                JsonValueKind.Object => new ProviderError(Text(error, "code"), Text(error, "message")),
                _ => default,
            };
        }
        catch (JsonException)
        {
            return default;
        }
    }

    private static string? Text(JsonElement error, string name) => error.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
