using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Core.Bodies;

/// <summary>JSON with its texts masked. Masks are applied to texts as they read, so that no spelling of JSON hides anything from them, and long data is cut.</summary>
internal static class MaskedJson
{
    /// <summary>A text of more characters is cut: pictures and files in base64 say nothing to a reader.</summary>
    public const int LongestText = 64 * 1024;

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>The same JSON, masked. What isn't JSON is masked as one text.</summary>
    public static byte[] Of(ReadOnlySpan<byte> json, IReadOnlyList<BodyMask> masks)
    {
        try
        {
            var buffer = new ArrayBufferWriter<byte>(json.Length + 16);
            using (var writer = new Utf8JsonWriter(buffer, Plain)) Copy(json, writer, masks);
            return buffer.WrittenSpan.ToArray();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return JsonSerializer.SerializeToUtf8Bytes(Text(Encoding.UTF8.GetString(json), masks));
        }
    }

    private static void Copy(ReadOnlySpan<byte> json, Utf8JsonWriter writer, IReadOnlyList<BodyMask> masks)
    {
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject: writer.WriteStartObject(); break;
                case JsonTokenType.EndObject: writer.WriteEndObject(); break;
                case JsonTokenType.StartArray: writer.WriteStartArray(); break;
                case JsonTokenType.EndArray: writer.WriteEndArray(); break;
                case JsonTokenType.PropertyName: writer.WritePropertyName(Text(reader.GetString()!, masks)); break;
                case JsonTokenType.String: writer.WriteStringValue(Text(reader.GetString()!, masks)); break;
                case JsonTokenType.Number: writer.WriteRawValue(Number(reader.ValueSpan, masks), skipInputValidation: true); break;
                default: writer.WriteRawValue(reader.ValueSpan, skipInputValidation: true); break;
            }
        }
    }

    // A card's number may stand there as a number.
    private static byte[] Number(ReadOnlySpan<byte> number, IReadOnlyList<BodyMask> masks)
    {
        if (number.Length < 13) return number.ToArray();
        var text = Encoding.UTF8.GetString(number);
        var masked = Masking.Apply(text, masks);
        return masked == text ? number.ToArray() : JsonSerializer.SerializeToUtf8Bytes(masked);
    }

    private static string Text(string text, IReadOnlyList<BodyMask> masks)
    {
        if (text.Length <= LongestText) return Masking.Apply(text, masks);

        // Masked before it is cut, but for data that is far too long to be a text.
        var kept = text.Length <= 16 * LongestText ? Masking.Apply(text, masks) : Masking.Apply(text[..LongestText], masks);
        return kept.Length <= LongestText && text.Length <= 16 * LongestText ? kept : $"{kept.AsSpan(0, Math.Min(kept.Length, 1_000))}… (cut: {text.Length} characters)";
    }
}
