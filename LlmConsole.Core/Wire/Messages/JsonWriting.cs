using System.Text.Json;

namespace LlmConsole.Core.Wire.Messages;

internal static class JsonWriting
{
    /// <summary>A property with a value that was read elsewhere.</summary>
    public static void WriteNamed(this Utf8JsonWriter json, string name, JsonElement value)
    {
        json.WritePropertyName(name);
        value.WriteTo(json);
    }

    /// <summary>A property with a value that is JSON already.</summary>
    public static void WriteRaw(this Utf8JsonWriter json, string name, string value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(value, skipInputValidation: true);
    }
}
