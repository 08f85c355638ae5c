using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using LlmConsole.Core.Wire;

namespace LlmConsole.Api.Errors;

/// <summary>Errors in Anthropic's shape, for its clients: <c>{"type":"error","error":{"type","message"},"request_id"}</c>. The statuses are the same as elsewhere.</summary>
internal static class MessagesErrors
{
    public const string Path = "/v1/messages";

    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Whether a request came to Anthropic's API.</summary>
    public static bool Apply(HttpRequest request) => request.Path.StartsWithSegments(Path);

    public static void WriteBody(IBufferWriter<byte> destination, HttpContext context, RefusalException refusal)
    {
        using var json = new Utf8JsonWriter(destination, Readable);
        json.WriteStartObject();
        json.WriteString("type"u8, "error"u8);
        json.WriteStartObject("error"u8);
        json.WriteString("type"u8, TypeOf(refusal.Error));
        json.WriteString("message"u8, refusal.Param is { } param && !refusal.Message.Contains(param, StringComparison.Ordinal) ? $"{param}: {refusal.Message}" : refusal.Message);
        json.WriteEndObject();
        json.WriteString("request_id"u8, context.RequestId());
        json.WriteEndObject();
    }

    /// <summary>Anthropic's word for an error.</summary>
    public static string TypeOf(ErrorCode error) => error.Status switch
    {
        StatusCodes.Status401Unauthorized => "authentication_error",
        StatusCodes.Status403Forbidden => "permission_error",
        StatusCodes.Status404NotFound => "not_found_error",
        StatusCodes.Status413PayloadTooLarge => "request_too_large",
        StatusCodes.Status429TooManyRequests => "rate_limit_error",
        StatusCodes.Status503ServiceUnavailable => "overloaded_error",
        StatusCodes.Status504GatewayTimeout => "timeout_error",
        >= 500 => "api_error",
        _ => "invalid_request_error",
    };
}
