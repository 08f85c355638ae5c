using System.Buffers;
using System.Text.Json;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Chat;

/// <summary>Chunks that the gateway makes itself, with the id, the time and the model of an answer that has begun.</summary>
internal sealed class OwnChunks
{
    private readonly List<(string Name, JsonElement Value)> _head = [];

    /// <param name="chunk">A chunk of the answer.</param>
    public OwnChunks(ReadOnlySpan<byte> chunk)
    {
        var reader = new Utf8JsonReader(chunk);
        var root = JsonElement.ParseValue(ref reader);
        foreach (var name in (ReadOnlySpan<string>)["id", "object", "created", "model", "system_fingerprint"])
        {
            if (root.TryGetProperty(name, out var value)) _head.Add((name, value));
        }
    }

    public ReadOnlySpan<byte> Text(string text) => Chunk(json => json.WriteString("content", text), null);

    public ReadOnlySpan<byte> Finish(string reason) => Chunk(null, reason);

    private ReadOnlySpan<byte> Chunk(Action<Utf8JsonWriter>? delta, string? finish)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        foreach (var (name, value) in _head)
        {
            json.WritePropertyName(name);
            value.WriteAsItStands(json);
        }

        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", 0);
        json.WriteStartObject("delta");
        delta?.Invoke(json);
        json.WriteEndObject();
        json.WriteString("finish_reason", finish);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan;
    }
}
