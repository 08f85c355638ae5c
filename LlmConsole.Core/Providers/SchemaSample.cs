using System.Text.Json;
using System.Text.Json.Nodes;

namespace LlmConsole.Core.Providers;

/// <summary>A small JSON value of the shape that a JSON schema describes: what the simulator says when a shape is asked for.</summary>
internal static class SchemaSample
{
    private const int MaxDepth = 16;

    public static JsonNode? Of(JsonElement schema) => Of(schema, 0);

    private static JsonNode? Of(JsonElement schema, int depth)
    {
        if (depth > MaxDepth || schema.ValueKind != JsonValueKind.Object) return null;
        if (schema.TryGetProperty("const", out var constant)) return JsonNode.Parse(constant.GetRawText());
        if (schema.TryGetProperty("enum", out var values) && values.ValueKind == JsonValueKind.Array && values.GetArrayLength() > 0) return JsonNode.Parse(values[0].GetRawText());
        foreach (var alternative in (ReadOnlySpan<string>)["anyOf", "oneOf", "allOf"])
        {
            if (schema.TryGetProperty(alternative, out var options) && options.ValueKind == JsonValueKind.Array && options.GetArrayLength() > 0) return Of(options[0], depth + 1);
        }

        return TypeOf(schema) switch
        {
            "object" => Object(schema, depth),
            "array" => schema.TryGetProperty("items", out var items) ? new JsonArray(Of(items, depth + 1)) : [],
            "string" => JsonValue.Create("lorem"),
            "integer" or "number" => JsonValue.Create(schema.TryGetProperty("minimum", out var minimum) && minimum.TryGetInt64(out var least) ? least : 1),
            "boolean" => JsonValue.Create(true),
            _ => null,
        };
    }

    private static string? TypeOf(JsonElement schema)
    {
        if (!schema.TryGetProperty("type", out var type)) return schema.TryGetProperty("properties", out _) ? "object" : null;
        return type.ValueKind switch
        {
            JsonValueKind.String => type.GetString(),
            JsonValueKind.Array when type.GetArrayLength() > 0 && type[0].ValueKind == JsonValueKind.String => type[0].GetString(),
            _ => null,
        };
    }

    private static JsonObject Object(JsonElement schema, int depth)
    {
        var result = new JsonObject();
        if (!schema.TryGetProperty("properties", out var properties) || properties.ValueKind != JsonValueKind.Object) return result;
        foreach (var property in properties.EnumerateObject()) result[property.Name] = Of(property.Value, depth + 1);
        return result;
    }
}
