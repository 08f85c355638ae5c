using System.Text.Encodings.Web;
using System.Text.Json;

namespace LlmConsole.Components.Console.Playground;

/// <summary>Reads a request back into the form that would write it.</summary>
internal static class PlaygroundReading
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <exception cref="JsonException">It isn't the JSON of a request.</exception>
    public static PlaygroundDraft Of(string request)
    {
        var body = JsonElement.Parse(request);
        if (body.ValueKind != JsonValueKind.Object) throw new JsonException("A request is a JSON object.");
        var draft = new PlaygroundDraft { Stream = false, Messages = [] };
        var other = new Dictionary<string, JsonElement>();
        foreach (var field in body.EnumerateObject())
        {
            if (!Take(draft, field)) other[field.Name] = field.Value;
        }

        if (draft.Messages.Count == 0) draft.Messages.Add(new PlaygroundMessage());
        draft.Other = other.Count == 0 ? null : JsonSerializer.Serialize(other, Readable);
        return draft;
    }

    /// <summary>False for what the form has no field for.</summary>
    private static bool Take(PlaygroundDraft draft, JsonProperty field)
    {
        switch (field.Name)
        {
            case "model" or "stream_options":
                return true;
            case "stream":
                draft.Stream = field.Value.ValueKind == JsonValueKind.True;
                return true;
            case "messages" when field.Value.ValueKind == JsonValueKind.Array:
                foreach (var message in field.Value.EnumerateArray()) Take(draft, message);
                return true;
            case "temperature" when field.Value.ValueKind == JsonValueKind.Number:
                draft.Temperature = field.Value.GetRawText();
                return true;
            case "top_p" when field.Value.ValueKind == JsonValueKind.Number:
                draft.TopP = field.Value.GetRawText();
                return true;
            case "max_tokens" when field.Value.ValueKind == JsonValueKind.Number:
                draft.MaxTokens = field.Value.GetRawText();
                return true;
            case "stop" when Stops(field.Value) is { } stops:
                draft.Stop = string.Join('\n', stops);
                return true;
            case "response_format" when field.Value.GetRawText().Replace(" ", "", StringComparison.Ordinal) == """{"type":"json_object"}""":
                return draft.Json = true;
            default:
                return field.Value.ValueKind == JsonValueKind.Null;
        }
    }

    private static void Take(PlaygroundDraft draft, JsonElement message)
    {
        var text = PlainText(message, out var role);
        if (text is not null && role == "system" && draft.System is null && draft.Messages.Count == 0) draft.System = text;
        else if (text is not null && role is "user" or "assistant") draft.Messages.Add(new PlaygroundMessage { Role = role!, Text = text! });
        else draft.Messages.Add(new PlaygroundMessage { Role = PlaygroundMessage.AsJson, Text = JsonSerializer.Serialize(message, Readable) });
    }

    /// <summary>The text of a message that is nothing but a role and a text.</summary>
    private static string? PlainText(JsonElement message, out string? role)
    {
        role = null;
        if (message.ValueKind != JsonValueKind.Object || message.EnumerateObject().Count() != 2) return null;
        if (!message.TryGetProperty("role", out var said) || said.ValueKind != JsonValueKind.String) return null;
        role = said.GetString();
        return message.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.String ? content.GetString() : null;
    }

    private static string[]? Stops(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String when !value.GetString()!.Contains('\n', StringComparison.Ordinal) => [value.GetString()!],
        JsonValueKind.Array when value.EnumerateArray().All(stop => stop.ValueKind == JsonValueKind.String && !stop.GetString()!.Contains('\n', StringComparison.Ordinal)) => [.. value.EnumerateArray().Select(stop => stop.GetString()!)],
        _ => null,
    };
}
