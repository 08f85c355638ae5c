using System.Buffers;
using System.Text.Json;

namespace LlmConsole.Core.Providers;

/// <summary>A simulated answer in OpenAI's wire: chunk by chunk, or whole.</summary>
internal sealed class SimulatedWire(string model, SimulatedAnswer answer, int choices, TimeProvider time)
{
    private readonly string _id = Ids.New("chatcmpl", time);
    private readonly long _created = time.GetUtcNow().ToUnixTimeSeconds();

    public int TokenCount => answer.Tokens.Count;

    public byte[] RoleChunk() => Chunk(delta =>
    {
        delta.WriteString("role", "assistant");
        if (answer.Tool is null) delta.WriteString("content", "");
        else ToolCall(delta, "", isFirst: true);
    }, null);

    public byte[] TokenChunk(int index) => Chunk(delta =>
    {
        if (answer.Tool is null) delta.WriteString("content", answer.Tokens[index]);
        else ToolCall(delta, answer.Tokens[index], isFirst: false);
    }, null);

    public byte[] FinishChunk() => Chunk(_ => { }, answer.FinishReason);

    public byte[] UsageChunk() => Write(json =>
    {
        Head(json, "chat.completion.chunk");
        json.WriteStartArray("choices");
        json.WriteEndArray();
        Usage(json);
    });

    public byte[] Completion() => Write(json =>
    {
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
    });

    private byte[] Chunk(Action<Utf8JsonWriter> delta, string? finishReason) => Write(json =>
    {
        Head(json, "chat.completion.chunk");
        json.WriteStartArray("choices");
        for (var i = 0; i < choices; i++)
        {
            json.WriteStartObject();
            json.WriteNumber("index", i);
            json.WriteStartObject("delta");
            delta(json);
            json.WriteEndObject();
            json.WriteString("finish_reason", finishReason);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

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

    private static byte[] Write(Action<Utf8JsonWriter> content)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            content(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
