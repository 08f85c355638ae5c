using System.Text.Json;

namespace LlmConsole.Core.Wire.Messages;

/// <summary>Anthropic's messages as OpenAI's: the system prompt is a message, tool calls are beside the text, and each tool result is a message of its own.</summary>
internal static class MessageTranslation
{
    /// <summary>Writes the array; returns how many bytes of it are data of images and documents.</summary>
    public static int WriteAll(Utf8JsonWriter json, JsonElement request, JsonElement messages)
    {
        var data = 0;
        json.WriteStartArray();
        if (request.TryGetProperty("system", out var system) && system.ValueKind is JsonValueKind.String or JsonValueKind.Array) Plain(json, "system", system, ref data);
        foreach (var message in messages.EnumerateArray())
        {
            if (message.ValueKind != JsonValueKind.Object || !message.TryGetProperty("content", out var content) || message.Text("role") is not { } role) message.WriteTo(json);
            else if (content.ValueKind != JsonValueKind.Array) Plain(json, role, content, ref data);
            else if (role == "assistant") Assistant(json, content, ref data);
            else User(json, role, content, ref data);
        }

        json.WriteEndArray();
        return data;
    }

    private static void Plain(Utf8JsonWriter json, string role, JsonElement content, ref int data)
    {
        json.WriteStartObject();
        json.WriteString("role", role);
        json.WritePropertyName("content");
        if (content.ValueKind == JsonValueKind.Array) Parts(json, content.EnumerateArray(), ref data);
        else content.WriteTo(json);
        json.WriteEndObject();
    }

    private static void Assistant(Utf8JsonWriter json, JsonElement content, ref int data)
    {
        List<JsonElement> calls = [.. content.EnumerateArray().Where(block => Type(block) == "tool_use")];
        List<JsonElement> parts = [.. content.EnumerateArray().Where(block => Type(block) is not ("tool_use" or "thinking" or "redacted_thinking"))];
        json.WriteStartObject();
        json.WriteString("role", "assistant");
        json.WritePropertyName("content");
        if (parts.Count == 0) json.WriteNullValue();
        else if (parts.TrueForAll(part => Type(part) == "text")) json.WriteStringValue(string.Concat(parts.Select(part => part.Text("text"))));
        else Parts(json, parts, ref data);
        if (calls.Count > 0)
        {
            json.WriteStartArray("tool_calls");
            foreach (var call in calls)
            {
                json.WriteStartObject();
                json.WriteString("id", call.Text("id"));
                json.WriteString("type", "function");
                json.WriteStartObject("function");
                json.WriteString("name", call.Text("name"));
                json.WriteString("arguments", call.TryGetProperty("input", out var input) ? input.GetRawText() : "{}");
                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    /// <summary>Results of tools come first, in messages of their own; images in them, which such a message can't hold, follow with the rest.</summary>
    private static void User(Utf8JsonWriter json, string role, JsonElement content, ref int data)
    {
        List<JsonElement> rest = [];
        foreach (var block in content.EnumerateArray())
        {
            if (Type(block) == "tool_result") ToolResult(json, block, rest);
            else rest.Add(block);
        }

        if (rest.Count == 0) return;
        json.WriteStartObject();
        json.WriteString("role", role);
        json.WritePropertyName("content");
        Parts(json, rest, ref data);
        json.WriteEndObject();
    }

    private static void ToolResult(Utf8JsonWriter json, JsonElement block, List<JsonElement> rest)
    {
        var text = "";
        if (block.TryGetProperty("content", out var content))
        {
            if (content.ValueKind == JsonValueKind.String) text = content.GetString()!;
            else if (content.ValueKind == JsonValueKind.Array)
            {
                text = string.Join("\n", content.EnumerateArray().Where(part => Type(part) == "text").Select(part => part.Text("text")));
                rest.AddRange(content.EnumerateArray().Where(part => Type(part) != "text"));
            }
        }

        json.WriteStartObject();
        json.WriteString("role", "tool");
        json.WriteString("tool_call_id", block.Text("tool_use_id"));
        json.WriteString("content", text);
        json.WriteEndObject();
    }

    private static void Parts(Utf8JsonWriter json, IEnumerable<JsonElement> blocks, ref int data)
    {
        json.WriteStartArray();
        foreach (var block in blocks)
        {
            if (Type(block) == "text") TextPart(json, block.Text("text") ?? "");
            else if (Type(block) is "image" or "document" && block.TryGetProperty("source", out var source) && source.ValueKind == JsonValueKind.Object) Media(json, Type(block)!, block, source, ref data);

            // What isn't known here is what a provider may know or refuse.
            else block.WriteTo(json);
        }

        json.WriteEndArray();
    }

    private static void TextPart(Utf8JsonWriter json, string text)
    {
        json.WriteStartObject();
        json.WriteString("type", "text");
        json.WriteString("text", text);
        json.WriteEndObject();
    }

    private static void Media(Utf8JsonWriter json, string type, JsonElement block, JsonElement source, ref int data)
    {
        var bytes = source.Text("data");
        if (bytes is not null && source.Text("type") == "text")
        {
            TextPart(json, bytes);
            return;
        }

        var url = bytes is null ? source.Text("url") : $"data:{source.Text("media_type")};base64,{bytes}";
        if (url is null || (type == "document" && bytes is null))
        {
            block.WriteTo(json);
            return;
        }

        data += bytes?.Length ?? 0;
        json.WriteStartObject();
        json.WriteString("type", type == "image" ? "image_url" : "file");
        json.WriteStartObject(type == "image" ? "image_url" : "file");
        if (type == "document") json.WriteString("filename", block.Text("title") ?? "document.pdf");
        json.WriteString(type == "image" ? "url" : "file_data", url);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static string? Type(JsonElement block) => block.Text("type");
}
