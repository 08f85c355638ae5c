using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using LlmConsole.Core.Wire;

namespace LlmConsole.Api.Errors;

/// <summary>The one shape of an error: <c>{"error":{"message","type","param","code","request_id","doc_url"}}</c>, with <c>details</c> where several fields are wrong.</summary>
internal static class ErrorAnswer
{
    // The body is JSON and never embedded in HTML: plain quotes and accents stay readable.
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>OpenAI's clients try again by themselves after every 409 and 429; for these it can't help.</summary>
    private static readonly ErrorCode[] Final = [ErrorCode.InsufficientQuota, ErrorCode.IdempotencyAnswerUnavailable];

    /// <summary>Answers with the refusal's status, headers and body. The response must not have started.</summary>
    public static async Task WriteAsync(HttpContext context, RefusalException refusal)
    {
        var response = context.Response;
        response.StatusCode = refusal.Error.Status;
        response.ContentType = "application/json";
        response.Headers.CacheControl = "no-store";
        if (refusal.Error.Status == StatusCodes.Status401Unauthorized) response.Headers.WWWAuthenticate = "Bearer";
        if (refusal.Limits is { } limits) AnswerHeaders.Write(response.Headers, limits);
        if (refusal.RetryAfter is { } wait) response.Headers.RetryAfter = Seconds(wait).ToString(CultureInfo.InvariantCulture);
        if (Final.Contains(refusal.Error)) response.Headers["x-should-retry"] = "false";

        var body = new ArrayBufferWriter<byte>(512);
        WriteBody(body, context, refusal);
        response.ContentLength = body.WrittenCount;
        await response.BodyWriter.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }

    /// <summary>The body alone, for an answer that has begun already, such as the error event of a stream.</summary>
    public static void WriteBody(IBufferWriter<byte> destination, HttpContext context, RefusalException refusal)
    {
        using var json = new Utf8JsonWriter(destination, Readable);
        json.WriteStartObject();
        json.WriteStartObject("error"u8);
        json.WriteString("message"u8, refusal.Message);
        json.WriteString("type"u8, refusal.Error.Type);
        json.WriteString("param"u8, refusal.Param);
        json.WriteString("code"u8, refusal.Error.Code);
        json.WriteString("request_id"u8, context.RequestId());
        json.WriteString("doc_url"u8, DocUrl(context.Request, refusal.Error));
        if (refusal.Details.Count > 0) WriteDetails(json, refusal.Details);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteDetails(Utf8JsonWriter json, IReadOnlyList<(string Field, string Message)> details)
    {
        json.WriteStartArray("details"u8);
        foreach (var (field, message) in details)
        {
            json.WriteStartObject();
            json.WriteString("param"u8, field.Length == 0 ? null : field);
            json.WriteString("message"u8, message);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string DocUrl(HttpRequest request, ErrorCode error) => $"{request.Scheme}://{request.Host}{request.PathBase}/docs/errors#{error.Code}";

    private static int Seconds(TimeSpan wait) => (int)Math.Clamp(Math.Ceiling(wait.TotalSeconds), 1, int.MaxValue);
}
