using System.Text;
using System.Text.Json;

namespace LlmConsole.Components.Chat.Answering;

/// <summary>Reads the text that a chunk (or a whole completion) adds to its first choice. Reasoning and tool calls are not shown.</summary>
internal static class AnswerText
{
    /// <summary>True when there was text.</summary>
    public static bool Append(ReadOnlySpan<byte> json, StringBuilder text)
    {
        var reader = new Utf8JsonReader(json);
        var before = text.Length;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isChoices = reader.ValueTextEquals("choices"u8);
            reader.Read();
            if (isChoices && reader.TokenType == JsonTokenType.StartArray) Choices(ref reader, text);
            else reader.Skip();
        }

        return text.Length > before;
    }

    private static void Choices(ref Utf8JsonReader reader, StringBuilder text)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.StartObject && IsFirst(reader)) Choice(ref reader, text);
            else reader.Skip();
        }
    }

    /// <summary>A choice says its number before or after its text, so a copy of the reader looks ahead.</summary>
    private static bool IsFirst(Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isIndex = reader.ValueTextEquals("index"u8);
            reader.Read();
            if (isIndex) return reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out var index) || index == 0;
            reader.Skip();
        }

        return true;
    }

    private static void Choice(ref Utf8JsonReader reader, StringBuilder text)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isMessage = reader.ValueTextEquals("delta"u8) || reader.ValueTextEquals("message"u8);
            reader.Read();
            if (isMessage && reader.TokenType == JsonTokenType.StartObject) Message(ref reader, text);
            else reader.Skip();
        }
    }

    private static void Message(ref Utf8JsonReader reader, StringBuilder text)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isText = reader.ValueTextEquals("content"u8) || reader.ValueTextEquals("refusal"u8);
            reader.Read();
            if (isText && reader.TokenType == JsonTokenType.String) text.Append(Decode(reader));
            else reader.Skip();
        }
    }

    private static string Decode(in Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, escaped: valid JSON that is not text.
            return "\uFFFD";
        }
    }
}
