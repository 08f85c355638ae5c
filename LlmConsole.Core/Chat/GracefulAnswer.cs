using System.Buffers;
using System.Text.Json;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Chat;

/// <summary>
/// What callers get when no target answers and the model has a message for that: a normal answer, marked as <c>graceful-message</c> where the model's
/// name stands and by <c>llmconsole.graceful</c>, that costs nothing. In the books the call has failed.
/// </summary>
internal sealed class GracefulAnswer
{
    /// <summary>Stands where the name of the model that serves would.</summary>
    public const string Name = "graceful-message";

    private readonly ChatRequest _request;
    private readonly string _message;
    private readonly int _attempts;
    private readonly LimitReport _limits;

    private GracefulAnswer(ChatRequest request, string message, int attempts, LimitReport limits) => (_request, _message, _attempts, _limits) = (request, message, attempts, limits);

    /// <summary>None when the refusal is the caller's own fault, when something went out already, when the model has no message, or when vectors were asked for.</summary>
    public static GracefulAnswer? For(CallBooks books, RefusalException refusal) =>
        books is { HasBegun: false, Route: { Model.Resilience.GracefulMessage: { } message } route } && refusal.Error.Status >= 500 && route.Request.Surface != Surface.Embeddings
            ? new GracefulAnswer(route.Request, message, books.Attempts, books.Admission?.Report ?? LimitReport.Unlimited)
            : null;

    public async Task GiveAsync(IAnswerSink sink, CancellationToken cancellation)
    {
        sink.Begin(new AnswerHead(Name, null, CacheVerdict.Bypass, _attempts, _request.Stream, Usd.Zero, _limits));
        if (_request.Stream)
        {
            sink.Write(Json("chat.completion.chunk", json => Choices(json, "delta", finish: null)));
            sink.Write(Json("chat.completion.chunk", json => Choices(json, "delta", finish: "stop", isEmpty: true)));
            if (_request.IncludeUsage) sink.Write(Json("chat.completion.chunk", NoChoices));
        }
        else sink.Write(Json("chat.completion", json =>
        {
            Choices(json, "message", "stop");
            Usage(json);
        }));
        sink.End();
        await sink.FlushAsync(cancellation);
    }

    private void Choices(Utf8JsonWriter json, string part, string? finish, bool isEmpty = false)
    {
        json.WriteStartArray("choices");
        for (var index = 0; index < _request.Choices; index++)
        {
            json.WriteStartObject();
            json.WriteNumber("index", index);
            json.WriteStartObject(part);
            if (!isEmpty) json.WriteString("role", "assistant");
            if (!isEmpty) json.WriteString("content", _message);
            json.WriteEndObject();
            json.WriteString("finish_reason", finish);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void NoChoices(Utf8JsonWriter json)
    {
        json.WriteStartArray("choices");
        json.WriteEndArray();
        Usage(json);
    }

    private static void Usage(Utf8JsonWriter json)
    {
        json.WriteStartObject("usage");
        foreach (var name in (ReadOnlySpan<string>)["prompt_tokens", "completion_tokens", "total_tokens"]) json.WriteNumber(name, 0);
        json.WriteEndObject();
    }

    private static ReadOnlySpan<byte> Json(string kind, Action<Utf8JsonWriter> content)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("id", "chatcmpl-graceful");
        json.WriteString("object", kind);
        json.WriteNumber("created", 0);
        json.WriteString("model", Name);
        content(json);
        json.WriteStartObject("llmconsole");
        json.WriteBoolean("graceful", true);
        json.WriteNumber("cost_usd", 0);
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan;
    }
}
