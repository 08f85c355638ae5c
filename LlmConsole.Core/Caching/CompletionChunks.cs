using System.Buffers;
using System.Text.Json;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Caching;

/// <summary>Takes a completion apart into the chunks of a stream that says the same.</summary>
internal sealed class CompletionChunks : IDisposable
{
    private const int PieceLength = 1024;

    private readonly ArrayBufferWriter<byte> _buffer = new(1024);
    private readonly Utf8JsonWriter _json;
    private readonly JsonElement _completion;
    private readonly Action<ReadOnlyMemory<byte>> _to;

    private CompletionChunks(JsonElement completion, Action<ReadOnlyMemory<byte>> to)
    {
        _json = new Utf8JsonWriter(_buffer, AnswerAssembly.Plain);
        _completion = completion;
        _to = to;
    }

    /// <param name="to">Is given each chunk; its bytes are only valid during the call.</param>
    /// <param name="includeUsage">Whether a last chunk tells the usage, at no cost.</param>
    public static void Split(ReadOnlyMemory<byte> completion, TokenUsage usage, bool includeUsage, Action<ReadOnlyMemory<byte>> to)
    {
        using var document = JsonDocument.Parse(completion);
        using var chunks = new CompletionChunks(document.RootElement, to);
        foreach (var choice in document.RootElement.GetProperty("choices").EnumerateArray()) chunks.Choice(choice);
        if (includeUsage) chunks.Usage(usage);
    }

    /// <summary>The last chunk of a stream alone: what an answer took, at no cost.</summary>
    public static void Usage(CachedAnswer answer, Action<ReadOnlyMemory<byte>> to)
    {
        using var document = JsonDocument.Parse(answer.Completion.IsEmpty ? "{}"u8.ToArray() : answer.Completion);
        using var chunks = new CompletionChunks(document.RootElement, to);
        chunks.Usage(answer.Usage);
    }

    public void Dispose() => _json.Dispose();

    private void Choice(JsonElement choice)
    {
        var index = choice.Number("index") ?? 0;
        var logprobs = choice.TryGetProperty("logprobs", out var said) && said.ValueKind == JsonValueKind.Object ? said : default;
        Role(index, choice.GetProperty("message"));
        foreach (var field in choice.GetProperty("message").EnumerateObject())
        {
            if (field.NameEquals("role") || field.Value.ValueKind == JsonValueKind.Null) continue;
            if (field.NameEquals("tool_calls") && field.Value.ValueKind == JsonValueKind.Array) ToolCalls(index, field.Value);
            else if (field.Value.ValueKind == JsonValueKind.String && logprobs.ValueKind == JsonValueKind.Undefined) Pieces(index, field.Name, field.Value.GetString()!);
            else Delta(index, () => field.WriteTo(_json), field.NameEquals("content") || field.NameEquals("refusal") ? logprobs : default);
        }

        Finish(index, choice);
    }

    private void Role(int index, JsonElement message) => Delta(index, () =>
    {
        _json.WriteString("role"u8, message.TryGetProperty("role", out var role) && role.ValueKind == JsonValueKind.String ? role.GetString() : "assistant");
        if (message.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.String) _json.WriteString("content"u8, ""u8);
    });

    private void Pieces(int index, string name, string text)
    {
        for (var start = 0; start < text.Length;)
        {
            var length = Math.Min(PieceLength, text.Length - start);
            if (start + length < text.Length && char.IsHighSurrogate(text[start + length - 1])) length--;
            var piece = text.AsMemory(start, length);
            Delta(index, () => _json.WriteString(name, piece.Span));
            start += length;
        }
    }

    private void ToolCalls(int index, JsonElement calls) => Delta(index, () =>
    {
        _json.WriteStartArray("tool_calls"u8);
        var at = 0;
        foreach (var call in calls.EnumerateArray())
        {
            _json.WriteStartObject();
            _json.WriteNumber("index"u8, at++);
            foreach (var field in call.EnumerateObject().Where(field => !field.NameEquals("index"))) field.WriteTo(_json);
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
    });

    private void Delta(int index, Action write, JsonElement logprobs = default) => Chunk(() =>
    {
        _json.WriteNumber("index"u8, index);
        _json.WriteStartObject("delta"u8);
        write();
        _json.WriteEndObject();
        if (logprobs.ValueKind != JsonValueKind.Undefined)
        {
            _json.WritePropertyName("logprobs"u8);
            logprobs.WriteTo(_json);
        }

        _json.WriteNull("finish_reason"u8);
    });

    private void Finish(int index, JsonElement choice) => Chunk(() =>
    {
        _json.WriteNumber("index"u8, index);
        _json.WriteStartObject("delta"u8);
        _json.WriteEndObject();
        foreach (var field in choice.EnumerateObject())
        {
            if (field.Name is not ("index" or "message" or "logprobs")) field.WriteTo(_json);
        }
    }, isLast: true);

    private void Usage(TokenUsage usage) => Frame(() =>
    {
        _json.WriteStartArray("choices"u8);
        _json.WriteEndArray();
        if (_completion.TryGetProperty("usage", out var said) && said.ValueKind == JsonValueKind.Object)
        {
            _json.WritePropertyName("usage"u8);
            said.WriteTo(_json);
        }
        else UsageJson.Write(_json, usage);
        _json.WriteStartObject("llmconsole"u8);
        _json.WriteNumber("cost_usd"u8, 0);
        _json.WriteEndObject();
    }, withRest: false);

    private void Chunk(Action choice, bool isLast = false) => Frame(() =>
    {
        _json.WriteStartArray("choices"u8);
        _json.WriteStartObject();
        choice();
        _json.WriteEndObject();
        _json.WriteEndArray();
    }, isLast);

    /// <summary>A chunk with the completion's own fields; those that no chunk of OpenAI has come with the last one.</summary>
    private void Frame(Action content, bool withRest)
    {
        _buffer.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteString("object"u8, "chat.completion.chunk"u8);
        foreach (var field in _completion.EnumerateObject())
        {
            if (field.Name is "id" or "created" or "model" or "system_fingerprint" or "service_tier") field.WriteTo(_json);
            else if (withRest && field.Name is not ("object" or "choices" or "usage")) field.WriteTo(_json);
        }

        content();
        _json.WriteEndObject();
        _json.Flush();
        _to(_buffer.WrittenMemory);
    }
}
