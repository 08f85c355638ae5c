using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using LlmConsole.Core.Wire;
using LlmConsole.Core.Wire.Messages;

namespace LlmConsole.Core.Providers;

/// <summary>Anthropic's events as OpenAI's chunks, each with its event in the field <c>anthropic</c>.</summary>
internal sealed class NativeFrames
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Dictionary<int, int> _tools = [];
    private string _id = "";
    private string _model = "";
    private NativeUsage _usage;

    /// <summary>The message has come to its end.</summary>
    public bool HasStopped { get; private set; }

    /// <summary>What the road takes for no answer.</summary>
    private static ReadOnlySpan<byte> Nothing => "null"u8;

    /// <summary>The frame for an event.</summary>
    public byte[] Of(ReadOnlySpan<byte> data)
    {
        try
        {
            return Translate(data);
        }
        catch (InvalidOperationException)
        {
            // The name of a field has half of an escaped surrogate pair, or isn't UTF-8.
            return Nothing.ToArray();
        }
    }

    /// <summary>The frame for a whole message.</summary>
    public static byte[] Completion(byte[] data)
    {
        try
        {
            return TranslateWhole(data);
        }
        catch (InvalidOperationException)
        {
            return Nothing.ToArray();
        }
    }

    private byte[] Translate(ReadOnlySpan<byte> data)
    {
        JsonElement json;
        try
        {
            json = JsonElement.Parse(data);
        }
        catch (JsonException)
        {
            // The road knows what to do with what isn't JSON.
            return data.ToArray();
        }

        var type = json.Text("type");
        if (json.ValueKind != JsonValueKind.Object || type is null or "error") return data.ToArray();
        if (type == "message_start" && json.TryGetProperty("message", out var message)) Begin(message);
        HasStopped |= type == "message_stop";
        return Frame("chat.completion.chunk", JsonText.OnOneLine(data), writer => Chunk(writer, type, json));
    }

    private static byte[] TranslateWhole(byte[] data)
    {
        JsonElement message;
        try
        {
            message = JsonElement.Parse(data);
        }
        catch (JsonException)
        {
            return data;
        }

        if (message.Text("type") != "message" || !message.TryGetProperty("content", out var content) || content.ValueKind != JsonValueKind.Array) return data;
        var frames = new NativeFrames();
        frames.Begin(message);
        return frames.Frame("chat.completion", data, json =>
        {
            json.WriteStartArray("choices");
            json.WriteStartObject();
            json.WriteNumber("index", 0);
            json.WriteStartObject("message");
            json.WriteString("role", "assistant");
            Message(json, [.. content.EnumerateArray()]);
            json.WriteEndObject();
            json.WriteString("finish_reason", FinishReason(message));
            json.WriteEndObject();
            json.WriteEndArray();
            frames._usage.Write(json);
        });
    }

    private static void Message(Utf8JsonWriter json, IReadOnlyList<JsonElement> blocks)
    {
        json.WriteString("content", string.Concat(blocks.Where(block => block.Text("type") == "text").Select(block => block.Text("text"))));
        var thinking = string.Concat(blocks.Select(block => block.Text("thinking")));
        if (thinking.Length > 0) json.WriteString("reasoning_content", thinking);
        json.WriteStartArray("tool_calls");
        foreach (var block in blocks.Where(block => block.Text("type") == "tool_use")) Call(json, null, block.Text("id"), block.Text("name"), block.TryGetProperty("input", out var input) ? Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8Value(input)) : "{}");
        json.WriteEndArray();
    }

    private void Begin(JsonElement message)
    {
        (_id, _model) = (message.Text("id") ?? "", message.Text("model") ?? "");
        if (message.ValueKind == JsonValueKind.Object && message.TryGetProperty("usage", out var usage)) _usage = _usage.With(usage);
    }

    private void Chunk(Utf8JsonWriter json, string type, JsonElement data)
    {
        string? finish = null;
        if (type == "message_delta")
        {
            finish = data.TryGetProperty("delta", out var end) ? FinishReason(end) : null;
            if (data.TryGetProperty("usage", out var usage)) _usage = _usage.With(usage);
        }

        json.WriteStartArray("choices");
        if (type is not ("ping" or "message_stop"))
        {
            json.WriteStartObject();
            json.WriteNumber("index", 0);
            json.WriteStartObject("delta");
            Delta(json, type, data);
            json.WriteEndObject();
            json.WriteString("finish_reason", finish);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (finish is not null) _usage.Write(json);
    }

    private void Delta(Utf8JsonWriter json, string type, JsonElement data)
    {
        var index = data.Number("index") ?? 0;
        if (type == "message_start")
        {
            json.WriteString("role", "assistant");
            json.WriteString("content", "");
        }
        else if (type == "content_block_start" && data.TryGetProperty("content_block", out var block))
        {
            if (block.Text("type") == "tool_use")
            {
                _tools[index] = _tools.Count;
                Calls(json, _tools[index], block.Text("id"), block.Text("name"), "");
            }
            else if (block.Text("text") is { Length: > 0 } text) json.WriteString("content", text);
        }
        else if (type == "content_block_delta" && data.TryGetProperty("delta", out var delta))
        {
            if (delta.Text("text") is { } text) json.WriteString("content", text);
            else if (delta.Text("thinking") is { } thinking) json.WriteString("reasoning_content", thinking);
            else if (delta.Text("partial_json") is { } part && _tools.TryGetValue(index, out var tool)) Calls(json, tool, null, null, part);
        }
    }

    private static void Calls(Utf8JsonWriter json, int index, string? id, string? name, string arguments)
    {
        json.WriteStartArray("tool_calls");
        Call(json, index, id, name, arguments);
        json.WriteEndArray();
    }

    private static void Call(Utf8JsonWriter json, int? index, string? id, string? name, string arguments)
    {
        json.WriteStartObject();
        if (index is { } at) json.WriteNumber("index", at);
        if (id is not null) json.WriteString("id", id);
        if (id is not null) json.WriteString("type", "function");
        json.WriteStartObject("function");
        if (name is not null) json.WriteString("name", name);
        json.WriteString("arguments", arguments);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static string? FinishReason(JsonElement json) => json.Text("stop_reason") switch
    {
        null => null,
        "max_tokens" or "model_context_window_exceeded" => "length",
        "tool_use" => "tool_calls",
        "refusal" => "content_filter",
        _ => "stop",
    };

    private byte[] Frame(string kind, ReadOnlySpan<byte> native, Action<Utf8JsonWriter> content)
    {
        var buffer = new ArrayBufferWriter<byte>(native.Length + 256);
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            json.WriteStartObject();
            json.WriteString("id", _id);
            json.WriteString("object", kind);
            json.WriteNumber("created", 0);
            json.WriteString("model", _model);
            content(json);
            json.WritePropertyName(MessagesEvents.NativeField);
            json.WriteRawValue(native, skipInputValidation: true);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
