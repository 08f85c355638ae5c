using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using LlmConsole.Core.Wire;
using LlmConsole.Hosting;

namespace LlmConsole.Api.Errors;

/// <summary>The one shape of an error (but for clients of Anthropic's API, see <see cref="MessagesErrors"/>): <c>{"error":{"message","type","param","code","request_id","doc_url"}}</c>, with <c>details</c> where several fields are wrong.</summary>
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
        Announce(response, refusal);
        response.ContentType = "application/json";
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = PageHeaders.NoSniffing;
        if (refusal.Error.Status == StatusCodes.Status401Unauthorized) response.Headers.WWWAuthenticate = "Bearer";
        if (refusal.Limits is { } limits) AnswerHeaders.Write(response.Headers, limits);
        if (Final.Contains(refusal.Error)) response.Headers["x-should-retry"] = "false";

        var body = new ArrayBufferWriter<byte>(512);
        if (MessagesErrors.Apply(context.Request)) MessagesErrors.WriteBody(body, context, refusal);
        else WriteBody(body, context, refusal);
        response.ContentLength = body.WrittenCount;

        // Nobody may be there any more. That is no failure of this answer, which would be logged with the refusal and what it says.
        await response.BodyWriter.WriteAsync(body.WrittenMemory, CancellationToken.None);
    }

    /// <summary>The status, and when to try again: all that a page with a body of its own tells programs.</summary>
    public static void Announce(HttpResponse response, RefusalException refusal)
    {
        response.StatusCode = refusal.Error.Status;
        if (refusal.RetryAfter is { } wait) response.Headers.RetryAfter = Seconds(wait).ToString(CultureInfo.InvariantCulture);
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
        if (refusal.Partial is { } partial) WritePartial(json, partial);
        json.WriteEndObject();
    }

    private static void WritePartial(Utf8JsonWriter json, PartialAnswer partial)
    {
        json.WriteStartObject("usage"u8);
        json.WriteNumber("prompt_tokens"u8, partial.Usage.Total - partial.Usage.Output);
        json.WriteNumber("completion_tokens"u8, partial.Usage.Output);
        json.WriteNumber("total_tokens"u8, partial.Usage.Total);
        json.WriteEndObject();
        json.WriteStartObject("llmconsole"u8);
        json.WriteNumber("cost_usd"u8, partial.Cost.Dollars);
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
