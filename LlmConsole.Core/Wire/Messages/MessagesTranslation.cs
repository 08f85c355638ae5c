using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LlmConsole.Core.Wire.Messages;

/// <summary>
/// A request in Anthropic's shape in the words of OpenAI's chat completions. Left out is what those have no words for: earlier thinking, marks for
/// Anthropic's cache, <c>top_k</c>. The cap is not written: under which name a provider takes it is decided when it is asked.
/// </summary>
internal static class MessagesTranslation
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>The request, and how many of its bytes are data of images and documents.</summary>
    public static (ReadOnlyMemory<byte> Body, int DataBytes) ToCompletion(JsonElement request)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var data = 0;
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            json.WriteStartObject();
            foreach (var property in request.EnumerateObject()) Property(json, request, property, ref data);
            json.WriteEndObject();
        }

        return (buffer.WrittenMemory, data);
    }

    private static void Property(Utf8JsonWriter json, JsonElement request, JsonProperty property, ref int data)
    {
        var value = property.Value;
        switch (property.Name)
        {
            case "model" or "temperature" or "top_p":
                property.WriteTo(json);
                break;
            case "stream":
                property.WriteTo(json);
                if (value.ValueKind == JsonValueKind.True) json.WriteRaw("stream_options", """{"include_usage":true}""");
                break;
            case "messages":
                json.WritePropertyName("messages");
                if (value.ValueKind == JsonValueKind.Array) data += MessageTranslation.WriteAll(json, request, value);
                else value.WriteTo(json);
                break;
            case "stop_sequences":
                json.WriteNamed("stop", value);
                break;
            case "tools" when value.ValueKind == JsonValueKind.Array:
                Tools(json, value);
                break;
            case "tool_choice" when value.ValueKind == JsonValueKind.Object:
                ToolChoice(json, value);
                break;
            case "metadata" when value.ValueKind == JsonValueKind.Object:
                if (value.TryGetProperty("user_id", out var user)) json.WriteNamed("user", user);
                break;
            case "thinking" when value.ValueKind == JsonValueKind.Object:
                if (Effort(request, value) is { } effort) json.WriteString("reasoning_effort", effort);
                break;
            case "output_config" when value.ValueKind == JsonValueKind.Object:
                Format(json, value);
                break;
        }
    }

    private static void Tools(Utf8JsonWriter json, JsonElement tools)
    {
        if (tools.GetArrayLength() == 0) return;
        json.WriteStartArray("tools");
        foreach (var tool in tools.EnumerateArray())
        {
            // A tool of the vendor's own stays as it is: Anthropic knows it, and others say that they don't.
            if (tool.ValueKind != JsonValueKind.Object || !tool.TryGetProperty("input_schema", out var schema))
            {
                tool.WriteTo(json);
                continue;
            }

            json.WriteStartObject();
            json.WriteString("type", "function");
            json.WriteStartObject("function");
            foreach (var name in (ReadOnlySpan<string>)["name", "description", "strict"])
            {
                if (tool.TryGetProperty(name, out var value)) json.WriteNamed(name, value);
            }

            json.WriteNamed("parameters", schema);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void ToolChoice(Utf8JsonWriter json, JsonElement choice)
    {
        switch (choice.Text("type"))
        {
            case "any":
                json.WriteString("tool_choice", "required");
                break;
            case "tool" when choice.Text("name") is { } name:
                json.WriteStartObject("tool_choice");
                json.WriteString("type", "function");
                json.WriteStartObject("function");
                json.WriteString("name", name);
                json.WriteEndObject();
                json.WriteEndObject();
                break;
            case { } other:
                json.WriteString("tool_choice", other);
                break;
        }

        if (choice.TryGetProperty("disable_parallel_tool_use", out var disabled) && disabled.ValueKind == JsonValueKind.True) json.WriteBoolean("parallel_tool_calls", false);
    }

    /// <summary>How hard to think: as the request says it, else by its budget for thinking.</summary>
    private static string? Effort(JsonElement request, JsonElement thinking)
    {
        if (thinking.Text("type") is null or "disabled") return null;
        if (request.TryGetProperty("output_config", out var config) && config.ValueKind == JsonValueKind.Object && config.Text("effort") is { } effort) return effort == "max" ? "xhigh" : effort;
        if (!thinking.TryGetProperty("budget_tokens", out var budget) || budget.ValueKind != JsonValueKind.Number || !budget.TryGetInt32(out var tokens)) return null;
        return tokens switch
        {
            <= 2_048 => "low",
            <= 8_192 => "medium",
            _ => "high",
        };
    }

    private static void Format(Utf8JsonWriter json, JsonElement config)
    {
        if (!config.TryGetProperty("format", out var format) || format.ValueKind != JsonValueKind.Object || !format.TryGetProperty("schema", out var schema)) return;
        json.WriteStartObject("response_format");
        json.WriteString("type", "json_schema");
        json.WriteStartObject("json_schema");
        json.WriteString("name", "answer");
        json.WriteNamed("schema", schema);
        json.WriteBoolean("strict", true);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
