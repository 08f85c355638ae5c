using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LlmConsole.Core.Wire.Messages;

/// <summary>
/// A stream in Anthropic's shape, made from OpenAI's chunks. A chunk that carries an event of Anthropic's own is passed on as that event, byte for
/// byte; from others the events are made.
/// </summary>
public sealed class MessagesEvents(IBufferWriter<byte> output)
{
    /// <summary>The field in which a chunk carries Anthropic's own event.</summary>
    public const string NativeField = "anthropic";

    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Dictionary<int, int> _tools = [];
    private bool _hasBegun;
    private bool _hasStopped;
    private bool _hasUsedTool;
    private int _blocks;
    private (string Kind, int Index)? _open;
    private string? _finish;
    private MessagesUsage _usage;

    public static ReadOnlySpan<byte> Ping => "event: ping\ndata: {\"type\": \"ping\"}\n\n"u8;

    /// <summary>A chunk passes by.</summary>
    public void Write(ReadOnlySpan<byte> chunk)
    {
        var json = JsonElement.Parse(chunk);
        if (json.TryGetProperty(NativeField, out var native) && native.ValueKind == JsonValueKind.Object) Native(native);
        else Translate(json);
    }

    /// <summary>The answer is complete.</summary>
    public void End()
    {
        if (_hasStopped || !_hasBegun) return;
        Close();
        Event("message_delta", json =>
        {
            json.WriteStartObject("delta");
            json.WriteString("stop_reason", MessagesAnswer.StopReason(_finish, _hasUsedTool));
            json.WriteNull("stop_sequence");
            json.WriteEndObject();
            _usage.Write(json);
        });
        Event("message_stop", _ => { });
        _hasStopped = true;
    }

    /// <summary>The event's name and its data, untouched.</summary>
    private void Native(JsonElement native)
    {
        // A line break would begin a field of its own.
        var type = native.Text("type") is { } said && !said.AsSpan().ContainsAny('\r', '\n') ? said : "message";
        _hasBegun |= type == "message_start";
        _hasStopped |= type == "message_stop";
        var index = native.Number("index") ?? 0;
        if (type == "content_block_start") (_open, _blocks) = (("native", index), index + 1);
        if (type == "content_block_stop") _open = null;
        output.Write(Encoding.UTF8.GetBytes($"event: {type}\ndata: "));
        output.Write(JsonText.OnOneLine(JsonMarshal.GetRawUtf8Value(native)));
        output.Write("\n\n"u8);
    }

    private void Translate(JsonElement chunk)
    {
        if (!_hasBegun) Begin(chunk);
        if (chunk.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object) _usage = MessagesUsage.Of(usage);
        if (!chunk.TryGetProperty("choices", out var choices) || choices.ValueKind != JsonValueKind.Array) return;
        var choice = choices.EnumerateArray().FirstOrDefault(item => item.ValueKind == JsonValueKind.Object);
        if (choice.ValueKind == JsonValueKind.Object && choice.TryGetProperty("delta", out var delta) && delta.ValueKind == JsonValueKind.Object)
        {
            if ((delta.Text("reasoning_content") ?? delta.Text("reasoning")) is { Length: > 0 } thinking) Delta("thinking", 0, "thinking_delta", "thinking", thinking);
            if ((delta.Text("content") ?? delta.Text("refusal")) is { Length: > 0 } text) Delta("text", 0, "text_delta", "text", text);
            if (delta.TryGetProperty("tool_calls", out var calls) && calls.ValueKind == JsonValueKind.Array)
                foreach (var call in calls.EnumerateArray()) Call(call);
        }

        _finish = choice.Text("finish_reason") ?? _finish;
    }

    private void Begin(JsonElement chunk)
    {
        _hasBegun = true;
        Event("message_start", json =>
        {
            json.WriteStartObject("message");
            json.WriteString("id", MessagesAnswer.Id(chunk));
            json.WriteString("type", "message");
            json.WriteString("role", "assistant");
            json.WriteString("model", chunk.Text("model"));
            json.WriteStartArray("content");
            json.WriteEndArray();
            json.WriteNull("stop_reason");
            json.WriteNull("stop_sequence");
            default(MessagesUsage).Write(json);
            json.WriteEndObject();
        });
        output.Write(Ping);
    }

    private void Call(JsonElement call)
    {
        if (call.ValueKind != JsonValueKind.Object || !call.TryGetProperty("function", out var function)) return;
        var index = call.Number("index") ?? 0;
        _hasUsedTool = true;
        if (!_tools.ContainsKey(index)) OpenTool(index, call.Text("id") ?? $"toolu_{index}", function.Text("name") ?? "");
        if (function.Text("arguments") is { Length: > 0 } arguments) BlockDelta(_tools[index], "input_json_delta", "partial_json", arguments);
    }

    private void OpenTool(int index, string id, string name)
    {
        Close();
        _tools[index] = _blocks;
        Open("tool_use", index, json =>
        {
            json.WriteString("id", id);
            json.WriteString("name", name);
            json.WriteStartObject("input");
            json.WriteEndObject();
        });
    }

    private void Delta(string kind, int index, string type, string field, string text)
    {
        if (_open?.Kind != kind)
        {
            Close();
            Open(kind, index, json =>
            {
                json.WriteString(field, "");
                if (kind == "thinking") json.WriteString("signature", "");
            });
        }

        BlockDelta(_blocks - 1, type, field, text);
    }

    private void Open(string kind, int index, Action<Utf8JsonWriter> content)
    {
        _open = (kind, index);
        var block = _blocks++;
        Event("content_block_start", json =>
        {
            json.WriteNumber("index", block);
            json.WriteStartObject("content_block");
            json.WriteString("type", kind);
            content(json);
            json.WriteEndObject();
        });
    }

    private void BlockDelta(int block, string type, string field, string text) => Event("content_block_delta", json =>
    {
        json.WriteNumber("index", block);
        json.WriteStartObject("delta");
        json.WriteString("type", type);
        json.WriteString(field, text);
        json.WriteEndObject();
    });

    private void Close()
    {
        if (_open is null) return;
        _open = null;
        Event("content_block_stop", json => json.WriteNumber("index", _blocks - 1));
    }

    private void Event(string type, Action<Utf8JsonWriter> content)
    {
        output.Write(Encoding.ASCII.GetBytes($"event: {type}\ndata: "));
        using (var json = new Utf8JsonWriter(output, Readable))
        {
            json.WriteStartObject();
            json.WriteString("type", type);
            content(json);
            json.WriteEndObject();
        }

        output.Write("\n\n"u8);
    }
}
