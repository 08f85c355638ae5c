using System.Text.Json;

namespace LlmConsole.Core.Wire;

/// <summary>The text that a chunk adds to the first choice.</summary>
public static class ChunkText
{
    /// <summary>The <c>choices[0].delta.content</c>, or null when the chunk has none.</summary>
    public static string? Read(ReadOnlySpan<byte> chunk)
    {
        var json = new Utf8JsonReader(chunk);
        if (!Enter(ref json, "choices"u8) || !json.Read() || json.TokenType != JsonTokenType.StartObject || !EnterFrom(ref json, "delta"u8) || json.TokenType != JsonTokenType.StartObject) return null;
        return EnterFrom(ref json, "content"u8) && json.TokenType == JsonTokenType.String ? JsonText.Read(json) : null;
    }

    private static bool Enter(ref Utf8JsonReader json, ReadOnlySpan<byte> name) => json.Read() && json.TokenType == JsonTokenType.StartObject && EnterFrom(ref json, name);

    /// <summary>From the start of an object to the value of one of its properties.</summary>
    private static bool EnterFrom(ref Utf8JsonReader json, ReadOnlySpan<byte> name)
    {
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals(name)) return json.Read();
            json.Skip();
        }

        return false;
    }
}
