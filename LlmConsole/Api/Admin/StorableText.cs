using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmConsole.Api.Admin;

/// <summary>Texts that every database takes: PostgreSQL has no NUL character.</summary>
internal sealed class StorableText : JsonConverter<string>
{
    public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && reader.GetString() is { } text
            ? !text.Contains('\0', StringComparison.Ordinal) ? text : throw new JsonException($"{Expected.MustBe} without the NUL character, which nothing here has.")
            : throw new JsonException($"{Expected.MustBe} text.");

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}
