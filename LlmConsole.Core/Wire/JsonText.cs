using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace LlmConsole.Core.Wire;

/// <summary>JSON as callers and providers write it: what may be read of it, and how it is passed on.</summary>
public static class JsonText
{
    private const int HexDigits = 4;

    /// <summary>A text as a JSON string, quotes included.</summary>
    internal static byte[] Quoted(string text) => [(byte)'"', .. JsonEncodedText.Encode(text).EncodedUtf8Bytes, (byte)'"'];

    /// <summary>A property of an object, when it is a string; see <see cref="Read(JsonElement)"/>.</summary>
    internal static string? Text(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? Read(value) : null;

    /// <summary>A property of an object, when it is a whole number that fits.</summary>
    internal static int? Number(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : null;

    /// <summary>
    /// A string of someone who may write what is JSON and yet no text: half of an escaped surrogate pair, as where a character was cut into two chunks, or bytes that aren't UTF-8. In their place stands
    /// U+FFFD.
    /// </summary>
    internal static string Read(JsonElement text)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return Mended(JsonMarshal.GetRawUtf8Value(text)[1..^1]);
        }
    }

    /// <inheritdoc cref="Read(JsonElement)"/>
    internal static string Read(in Utf8JsonReader text)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return Mended(text.ValueSpan);
        }
    }

    /// <summary>Copies a value as it stands, whatever its strings hold.</summary>
    internal static void WriteAsItStands(this JsonElement value, Utf8JsonWriter json) => json.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);

    /// <summary>No string of it has half of an escaped surrogate pair; hardly any JSON escapes such pairs at all.</summary>
    /// <param name="namesAlone">Only the names of properties are looked at: readers that look for a name can't skip those that aren't text.</param>
    internal static bool IsText(ReadOnlySpan<byte> json, bool namesAlone = false)
    {
        if (EscapesNoPair(json)) return true;
        var reader = new Utf8JsonReader(json);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName || (!namesAlone && reader.TokenType == JsonTokenType.String)) reader.GetString();
            }

            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>No string of it escapes a surrogate pair, or half of one.</summary>
    internal static bool EscapesNoPair(ReadOnlySpan<byte> json) => json.IndexOf("\\ud"u8) < 0 && json.IndexOf("\\uD"u8) < 0;

    /// <summary>JSON without line breaks, as the data of an event must be: between its tokens a space does as well.</summary>
    public static ReadOnlySpan<byte> OnOneLine(ReadOnlySpan<byte> json)
    {
        if (!json.ContainsAny((byte)'\r', (byte)'\n')) return json;
        var line = json.ToArray();
        line.AsSpan().Replace((byte)'\r', (byte)' ');
        line.AsSpan().Replace((byte)'\n', (byte)' ');
        return line;
    }

    private static string Mended(ReadOnlySpan<byte> said)
    {
        var escaped = Encoding.UTF8.GetString(said);
        var text = new StringBuilder(escaped.Length);
        for (var at = 0; at < escaped.Length; at++)
        {
            if (escaped[at] != '\\')
            {
                text.Append(escaped[at]);
                continue;
            }

            var kind = escaped[++at];
            text.Append(kind switch { 'b' => '\b', 'f' => '\f', 'n' => '\n', 'r' => '\r', 't' => '\t', 'u' => (char)ushort.Parse(escaped.AsSpan(at + 1, HexDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture), _ => kind });
            if (kind == 'u') at += HexDigits;
        }

        // Encoding is what finds halves.
        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.ToString()));
    }
}
