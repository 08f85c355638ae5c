using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LlmConsole.Core.Wire.Messages;

/// <summary>A whole answer in Anthropic's shape, made from OpenAI's; one that carries Anthropic's own message is that message, byte for byte.</summary>
public static class MessagesAnswer
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ReadOnlyMemory<byte> Of(ReadOnlySpan<byte> completion)
    {
        var answer = JsonElement.Parse(completion);
        var buffer = new ArrayBufferWriter<byte>(completion.Length);
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            if (answer.TryGetProperty(MessagesEvents.NativeField, out var native) && native.ValueKind == JsonValueKind.Object) native.WriteAsItStands(json);
            else Message(json, answer);
        }

        return buffer.WrittenMemory;
    }

    internal static string Id(JsonElement answer)
    {
        var id = answer.Text("id");
        return id is null or "" ? "msg_0" : id.StartsWith("chatcmpl-", StringComparison.Ordinal) ? $"msg_{id.AsSpan("chatcmpl-".Length)}" : id.StartsWith("msg_", StringComparison.Ordinal) ? id : $"msg_{id}";
    }

    internal static string StopReason(string? finish, bool hasUsedTool) => finish switch
    {
        "length" => "max_tokens",
        "content_filter" => "refusal",
        "tool_calls" or "function_call" => "tool_use",
        _ => hasUsedTool ? "tool_use" : "end_turn",
    };

    private static void Message(Utf8JsonWriter json, JsonElement answer)
    {
        var choice = answer.GetProperty("choices").EnumerateArray().First(item => item.ValueKind == JsonValueKind.Object);
        var message = choice.TryGetProperty("message", out var said) ? said : default;
        var hasCalls = message.ValueKind == JsonValueKind.Object && message.TryGetProperty("tool_calls", out var calls) && calls.ValueKind == JsonValueKind.Array && calls.GetArrayLength() > 0;
        json.WriteStartObject();
        json.WriteString("id", Id(answer));
        json.WriteString("type", "message");
        json.WriteString("role", "assistant");
        json.WriteString("model", answer.Text("model"));
        json.WriteStartArray("content");
        Block(json, "thinking", "thinking", message.Text("reasoning_content") ?? message.Text("reasoning"));
        Block(json, "text", "text", message.Text("content") ?? message.Text("refusal"));
        if (hasCalls) Calls(json, message.GetProperty("tool_calls"));
        json.WriteEndArray();
        json.WriteString("stop_reason", StopReason(choice.Text("finish_reason"), hasCalls));
        json.WriteNull("stop_sequence");
        (answer.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object ? MessagesUsage.Of(usage) : default).Write(json);
        json.WriteEndObject();
    }

    private static void Block(Utf8JsonWriter json, string type, string field, string? text)
    {
        if (string.IsNullOrEmpty(text)) return;
        json.WriteStartObject();
        json.WriteString("type", type);
        json.WriteString(field, text);
        if (type == "thinking") json.WriteString("signature", "");
        json.WriteEndObject();
    }

    private static void Calls(Utf8JsonWriter json, JsonElement calls)
    {
        foreach (var call in calls.EnumerateArray())
        {
            if (call.ValueKind != JsonValueKind.Object || !call.TryGetProperty("function", out var function)) continue;
            json.WriteStartObject();
            json.WriteString("type", "tool_use");
            json.WriteString("id", call.Text("id"));
            json.WriteString("name", function.Text("name"));
            json.WritePropertyName("input");
            json.WriteRawValue(Arguments(function.Text("arguments")));
            json.WriteEndObject();
        }
    }

    /// <summary>As an object, which Anthropic's clients expect; what a model wrote wrong is kept in it as text.</summary>
    private static string Arguments(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return "{}";
        try
        {
            if (JsonElement.Parse(text).ValueKind == JsonValueKind.Object) return text;
        }
        catch (JsonException)
        {
            // It goes on as text.
        }

        return JsonSerializer.Serialize(new Dictionary<string, string> { ["arguments"] = text });
    }
}

/// <summary>Usage in Anthropic's disjoint buckets.</summary>
internal readonly record struct MessagesUsage(long Input, long CacheWrite, long CacheRead, long Output)
{
    public static MessagesUsage Of(JsonElement usage)
    {
        var details = usage.TryGetProperty("prompt_tokens_details", out var found) ? found : default;
        var (prompt, read, written) = (Count(usage, "prompt_tokens"), Count(details, "cached_tokens"), Count(details, "cache_write_tokens"));
        return new MessagesUsage(Math.Max(0, prompt - read - written), written, read, Count(usage, "completion_tokens"));
    }

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("input_tokens", Input);
        json.WriteNumber("cache_creation_input_tokens", CacheWrite);
        json.WriteNumber("cache_read_input_tokens", CacheRead);
        json.WriteNumber("output_tokens", Output);
        json.WriteEndObject();
    }

    private static long Count(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var count) && count is >= 0 and <= 1_000_000_000 ? count : 0;
}
