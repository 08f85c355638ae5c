using System.Buffers;
using System.Text.Json;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Chat;

/// <summary>The last chunk of an answer that the gateway ends at its cap: each choice that is open finishes with <c>length</c>.</summary>
internal static class LengthEnding
{
    /// <param name="chunk">A chunk of the stream, which tells its id, its time and its model.</param>
    /// <param name="openChoices">As bits.</param>
    public static ReadOnlySpan<byte> After(ReadOnlySpan<byte> chunk, UInt128 openChoices)
    {
        var reader = new Utf8JsonReader(chunk);
        using var last = JsonDocument.ParseValue(ref reader);
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        foreach (var name in (ReadOnlySpan<string>)["id", "object", "created", "model"])
        {
            if (!last.RootElement.TryGetProperty(name, out var value)) continue;
            json.WritePropertyName(name);
            value.WriteAsItStands(json);
        }

        json.WriteStartArray("choices");
        for (var index = 0; index < 128; index++)
        {
            if ((openChoices >> index & 1) == 0) continue;
            json.WriteStartObject();
            json.WriteNumber("index", index);
            json.WriteStartObject("delta");
            json.WriteEndObject();
            json.WriteString("finish_reason", "length");
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan;
    }
}
