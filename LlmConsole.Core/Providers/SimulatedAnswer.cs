using System.Text.Json;
using System.Text.Json.Nodes;

namespace LlmConsole.Core.Providers;

/// <summary>What the simulator says: text cut into tokens, or one tool call whose arguments are.</summary>
/// <param name="Tokens">The text, or the tool call's arguments, in the pieces that a stream sends.</param>
/// <param name="Tool">The tool that is called; none for text.</param>
internal sealed record SimulatedAnswer(IReadOnlyList<string> Tokens, string? Tool, string FinishReason, long PromptTokens)
{
    public static SimulatedAnswer To(JsonElement ask, SimulatedModel model)
    {
        if (model.Text is { } text) return Limited(Cut(text), ask, 0);
        var messages = ask.GetProperty("messages");
        var prompt = (messages.GetRawText().Length + 3) / 4;
        if (ToolToCall(ask, messages) is { } function)
        {
            var arguments = function.TryGetProperty("parameters", out var schema) ? SchemaSample.Of(schema) : new JsonObject();
            return new SimulatedAnswer(Cut(arguments?.ToJsonString() ?? "{}"), function.GetProperty("name").GetString(), "tool_calls", prompt);
        }

        if (JsonWanted(ask) is { } json) return Limited(Cut(json), ask, prompt);
        if (model.Words is not { } words) return Limited(Cut(LastUserText(messages)), ask, prompt);
        var said = Math.Clamp(Max(ask), 0, words);
        return new SimulatedAnswer(new LoremWords(said), null, said < words ? "length" : "stop", prompt);
    }

    private static SimulatedAnswer Limited(List<string> tokens, JsonElement ask, long prompt)
    {
        var max = Max(ask);
        return tokens.Count > max
            ? new SimulatedAnswer([.. tokens.Take(max)], null, "length", prompt)
            : new SimulatedAnswer(tokens, null, "stop", prompt);
    }

    private static int Max(JsonElement ask) =>
        ask.TryGetProperty("max_completion_tokens", out var max) && max.ValueKind == JsonValueKind.Number || ask.TryGetProperty("max_tokens", out max) && max.ValueKind == JsonValueKind.Number
            ? max.GetInt32()
            : int.MaxValue;

    /// <summary>A tool is called once: when its result is the last message, the answer is text.</summary>
    private static JsonElement? ToolToCall(JsonElement ask, JsonElement messages)
    {
        if (!ask.TryGetProperty("tools", out var tools) || tools.ValueKind != JsonValueKind.Array || tools.GetArrayLength() == 0) return null;
        if (ask.TryGetProperty("tool_choice", out var choice) && choice.ValueKind == JsonValueKind.String && choice.GetString() == "none") return null;
        if (messages[messages.GetArrayLength() - 1].GetProperty("role").GetString() == "tool") return null;
        return tools[0].TryGetProperty("function", out var function) && function.TryGetProperty("name", out _) ? function : null;
    }

    private static string? JsonWanted(JsonElement ask)
    {
        if (!ask.TryGetProperty("response_format", out var format) || format.ValueKind != JsonValueKind.Object || !format.TryGetProperty("type", out var type)) return null;
        return type.GetString() switch
        {
            "json_schema" when format.TryGetProperty("json_schema", out var wanted) && wanted.TryGetProperty("schema", out var schema) => SchemaSample.Of(schema)?.ToJsonString() ?? "null",
            "json_object" => """{"answer":"lorem ipsum"}""",
            _ => null,
        };
    }

    private static string LastUserText(JsonElement messages)
    {
        for (var i = messages.GetArrayLength() - 1; i >= 0; i--)
        {
            if (messages[i].GetProperty("role").GetString() is not ("user" or "tool") || !messages[i].TryGetProperty("content", out var content)) continue;
            if (content.ValueKind == JsonValueKind.String) return content.GetString()!;
            if (content.ValueKind == JsonValueKind.Array)
                return string.Join("\n", content.EnumerateArray().Select(part => part.TryGetProperty("text", out var text) ? text.GetString() : null).OfType<string>());
        }

        return "";
    }

    /// <summary>Words with the white space before them: joined, they are the text again.</summary>
    private static List<string> Cut(string text)
    {
        var tokens = new List<string>();
        var start = 0;
        for (var i = 1; i < text.Length; i++)
        {
            if (!char.IsWhiteSpace(text[i]) || char.IsWhiteSpace(text[i - 1])) continue;
            tokens.Add(text[start..i]);
            start = i;
        }

        if (start < text.Length) tokens.Add(text[start..]);
        return tokens;
    }
}
