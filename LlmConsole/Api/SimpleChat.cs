using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using LlmConsole.Api.Errors;
using LlmConsole.Core.Chat;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;

namespace LlmConsole.Api;

/// <summary>The simple form's request: messages, and perhaps a model. It becomes a streaming chat completions request with everything else kept.</summary>
internal static class SimpleChatRequest
{
    public static ReadOnlyMemory<byte> ToCompletion(ReadOnlyMemory<byte> body, Caller caller)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(body, new JsonDocumentOptions { AllowDuplicateProperties = true });
        }
        catch (JsonException)
        {
            // The road says what is wrong with it, and books the refusal.
            return body;
        }

        using (document)
        {
            return document.RootElement.ValueKind == JsonValueKind.Object ? Rewrite(document.RootElement, caller) : body;
        }
    }

    private static ReadOnlyMemory<byte> Rewrite(JsonElement request, Caller caller)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true }))
        {
            json.WriteStartObject();
            json.WriteBoolean("stream", true);
            if (!request.TryGetProperty("model", out _) && caller.DefaultModel() is { } model) json.WriteString("model", model);
            foreach (var property in request.EnumerateObject())
            {
                if (property.Name is "stream" or "stream_options") continue;
                property.WriteTo(json);
            }

            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }
}

/// <summary>The simple form's answer: each event's data is the plain text that was added, as a JSON string when it holds a line break; the last event is <c>done</c>.</summary>
internal sealed class SimpleChatSink(HttpContext context) : IAnswerSink
{
    public void Begin(in AnswerHead head)
    {
        AnswerHeaders.Write(context.Response.Headers, head);
        EventStream.Begin(context.Response);
    }

    public void Write(ReadOnlySpan<byte> json)
    {
        if (ChunkText.Read(json) is not { Length: > 0 } text) return;
        var data = text.AsSpan().ContainsAny('\n', '\r') ? JsonSerializer.SerializeToUtf8Bytes(text) : System.Text.Encoding.UTF8.GetBytes(text);
        EventStream.Data(context.Response.BodyWriter, data);
    }

    public void KeepAlive() => context.Response.BodyWriter.Write(EventStream.KeepAlive);

    public void End() => context.Response.BodyWriter.Write("event: done\ndata: [DONE]\n\n"u8);

    public void Fail(RefusalException refusal)
    {
        var body = new ArrayBufferWriter<byte>(512);
        ErrorAnswer.WriteBody(body, context, refusal);
        context.Response.BodyWriter.Write("event: error\n"u8);
        EventStream.Data(context.Response.BodyWriter, body.WrittenSpan);
    }

    public async ValueTask<bool> FlushAsync(CancellationToken cancellation) => !(await context.Response.BodyWriter.FlushAsync(cancellation)).IsCompleted;
}
