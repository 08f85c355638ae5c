using System.Buffers;
using System.Text.Json;

namespace LlmConsole.Core.Providers;

/// <summary>A simulated answer in OpenAI's wire: chunk by chunk, or whole. Not for use by two at once.</summary>
internal sealed class SimulatedWire(string model, SimulatedAnswer answer, int choices, TimeProvider time) : IDisposable
{
    private readonly string _id = Ids.New("chatcmpl", time);
    private readonly long _created = time.GetUtcNow().ToUnixTimeSeconds();
    private Utf8JsonWriter? _json;

    public int TokenCount => answer.Tokens.Count;

    // Each of these is written where the reader takes it from: a stream may have sixty thousand chunks, and three hundred be read at once.
    public void WriteRole(IBufferWriter<byte> to) => WriteChunk(to, "", isFirst: true, null);

    public void WriteToken(IBufferWriter<byte> to, int index) => WriteChunk(to, answer.Tokens[index], isFirst: false, null);

    public void WriteFinish(IBufferWriter<byte> to) => WriteChunk(to, null, isFirst: false, answer.FinishReason);

    public void WriteUsage(IBufferWriter<byte> to)
    {
        var json = Begin(to);
        Head(json, "chat.completion.chunk");
        json.WriteStartArray("choices");
        json.WriteEndArray();
        Usage(json);
        End(json);
    }

    public byte[] Completion()
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        var json = Begin(buffer);
        Head(json, "chat.completion");
        json.WriteStartArray("choices");
        for (var i = 0; i < choices; i++)
        {
            json.WriteStartObject();
            json.WriteNumber("index", i);
            json.WriteStartObject("message");
            json.WriteString("role", "assistant");
            if (answer.Tool is null) json.WriteString("content", string.Concat(answer.Tokens));
            else
            {
                json.WriteNull("content");
                ToolCall(json, string.Concat(answer.Tokens), isFirst: true);
            }

            json.WriteEndObject();
            json.WriteString("finish_reason", answer.FinishReason);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        Usage(json);
        End(json);
        return buffer.WrittenSpan.ToArray();
    }

    public void Dispose() => _json?.Dispose();

    private void WriteChunk(IBufferWriter<byte> to, string? said, bool isFirst, string? finishReason)
    {
        var json = Begin(to);
        Head(json, "chat.completion.chunk");
        json.WriteStartArray("choices");
        for (var i = 0; i < choices; i++)
        {
            json.WriteStartObject();
            json.WriteNumber("index", i);
            json.WriteStartObject("delta");
            if (isFirst) json.WriteString("role", "assistant");
            if (said is not null && answer.Tool is null) json.WriteString("content", said);
            else if (said is not null) ToolCall(json, said, isFirst);
            json.WriteEndObject();
            json.WriteString("finish_reason", finishReason);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        End(json);
    }

    private void Head(Utf8JsonWriter json, string kind)
    {
        json.WriteString("id", _id);
        json.WriteString("object", kind);
        json.WriteNumber("created", _created);
        json.WriteString("model", model);
    }

    private void ToolCall(Utf8JsonWriter json, string arguments, bool isFirst)
    {
        json.WriteStartArray("tool_calls");
        json.WriteStartObject();
        json.WriteNumber("index", 0);
        if (isFirst)
        {
            json.WriteString("id", $"call_{_id.AsSpan(_id.Length - 12)}");
            json.WriteString("type", "function");
        }

        json.WriteStartObject("function");
        if (isFirst) json.WriteString("name", answer.Tool);
        json.WriteString("arguments", arguments);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private void Usage(Utf8JsonWriter json)
    {
        var output = (long)answer.Tokens.Count * choices;
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", answer.PromptTokens);
        json.WriteNumber("completion_tokens", output);
        json.WriteNumber("total_tokens", answer.PromptTokens + output);
        json.WriteEndObject();
    }

    private Utf8JsonWriter Begin(IBufferWriter<byte> to)
    {
        if (_json is null) _json = new Utf8JsonWriter(to);
        else _json.Reset(to);
        _json.WriteStartObject();
        return _json;
    }

    private static void End(Utf8JsonWriter json)
    {
        json.WriteEndObject();
        json.Flush();
    }
}
