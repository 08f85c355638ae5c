using System.Text.Json;
using System.Text.Unicode;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Caching;

/// <summary>Whether an answer may be given again: complete in every choice, not filtered, not empty.</summary>
/// <param name="Choices">How many were asked for.</param>
/// <param name="MayEndByLength">The request itself set the length that ended it.</param>
/// <param name="MayCallTools">The policy lets tool calls be kept.</param>
internal readonly record struct AnswerCheck(int Choices, bool MayEndByLength, bool MayCallTools)
{
    public bool Passes(ReadOnlyMemory<byte> completion)
    {
        // What can't be read as text couldn't be made a stream of again.
        if (!Utf8.IsValid(completion.Span) || !JsonText.IsText(completion.Span)) return false;
        using var document = JsonDocument.Parse(completion);
        if (!document.RootElement.TryGetProperty("choices", out var choices) || choices.ValueKind != JsonValueKind.Array || choices.GetArrayLength() != Choices) return false;
        foreach (var choice in choices.EnumerateArray())
        {
            if (choice.ValueKind != JsonValueKind.Object || !Passes(choice)) return false;
        }

        return true;
    }

    private bool Passes(JsonElement choice)
    {
        if (!choice.TryGetProperty("message", out var message) || message.ValueKind != JsonValueKind.Object) return false;
        if (Has(message, "refusal")) return false;
        var callsTools = Has(message, "tool_calls") || Has(message, "function_call");
        if (callsTools && !(MayCallTools && AreCalls(message))) return false;
        if (!callsTools && !Has(message, "content")) return false;
        return choice.TryGetProperty("finish_reason", out var reason) && reason.ValueKind == JsonValueKind.String && reason.GetString() switch
        {
            "stop" => true,
            "length" => MayEndByLength,
            "tool_calls" or "function_call" => MayCallTools,
            _ => false,
        };
    }

    private static bool AreCalls(JsonElement message) =>
        !message.TryGetProperty("tool_calls", out var calls) || calls.ValueKind != JsonValueKind.Array || calls.EnumerateArray().All(call => call.ValueKind == JsonValueKind.Object);

    private static bool Has(JsonElement message, string name) => message.TryGetProperty(name, out var value) && value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!.Length > 0,
        JsonValueKind.Array => value.GetArrayLength() > 0,
        JsonValueKind.Object => true,
        _ => false,
    };
}
