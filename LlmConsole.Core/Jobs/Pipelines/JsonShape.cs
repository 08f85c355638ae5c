using System.Text.Json;

namespace LlmConsole.Core.Jobs.Pipelines;

/// <summary>
/// A JSON schema, checked against values. It knows what models are asked for with schemas, and refuses one that says more, for what isn't checked must not look checked. Schemas come
/// from tenants: how deep they lead is bounded, and patterns, whose time isn't, are among what is refused.
/// </summary>
internal sealed class JsonShape(JsonElement root)
{
    private const int MaxDepth = 64;

    /// <summary>References can lead to the same parts again and again: beyond so many a value counts as one that doesn't fit.</summary>
    private const int MaxSteps = 100_000;
    private static readonly string[] Words = ["title", "description", "default", "examples", "$schema", "$id", "$comment", "format", "deprecated", "readOnly", "writeOnly"];
    private static readonly string[] Checked =
    [
        "type", "properties", "required", "additionalProperties", "items", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
        "minLength", "maxLength", "minItems", "maxItems", "anyOf", "oneOf", "allOf", "$ref", "$defs", "definitions",
    ];

    private int _steps;

    /// <summary>Why the schema can't be checked against; none when it can.</summary>
    public string? Refusal() => Refusal(root, "", 0);

    /// <summary>Where a value doesn't fit and which keyword says so, such as <c>/total: type</c>; none when it fits. It holds nothing of the value.</summary>
    public string? Misfit(JsonElement value)
    {
        _steps = 0;
        return Misfit(root, value, "", 0);
    }

    private string? Refusal(JsonElement schema, string at, int depth)
    {
        if (schema.ValueKind is JsonValueKind.True or JsonValueKind.False) return null;
        if (schema.ValueKind != JsonValueKind.Object) return $"{at}/ must be an object";
        if (depth > MaxDepth) return $"{at} is nested too deeply";
        foreach (var keyword in schema.EnumerateObject())
        {
            var here = $"{at}/{keyword.Name}";
            if (Words.Contains(keyword.Name)) continue;
            if (!Checked.Contains(keyword.Name)) return $"{here} isn't supported";
            var problem = keyword.Name switch
            {
                "properties" or "$defs" or "definitions" when keyword.Value.ValueKind != JsonValueKind.Object => $"{here} must be an object",
                "properties" or "$defs" or "definitions" => keyword.Value.EnumerateObject().Select(part => Refusal(part.Value, $"{here}/{part.Name}", depth + 1)).FirstOrDefault(found => found is not null),
                "anyOf" or "oneOf" or "allOf" when keyword.Value.ValueKind != JsonValueKind.Array => $"{here} must be a list",
                "anyOf" or "oneOf" or "allOf" => keyword.Value.EnumerateArray().Select(part => Refusal(part, here, depth + 1)).FirstOrDefault(found => found is not null),
                "items" or "additionalProperties" => Refusal(keyword.Value, here, depth + 1),
                "required" or "enum" when keyword.Value.ValueKind != JsonValueKind.Array => $"{here} must be a list",
                "$ref" when Resolve(keyword.Value) is null => $"{here} must lead to a part of this schema, such as #/$defs/name",
                "type" when !Types(keyword.Value).Any() || Types(keyword.Value).Any(type => type is not ("object" or "array" or "string" or "number" or "integer" or "boolean" or "null")) => $"{here} must name types of JSON",
                "minimum" or "maximum" or "exclusiveMinimum" or "exclusiveMaximum" or "minLength" or "maxLength" or "minItems" or "maxItems" when keyword.Value.ValueKind != JsonValueKind.Number => $"{here} must be a number",
                _ => null,
            };
            if (problem is not null) return problem;
        }

        return null;
    }

    private string? Misfit(JsonElement schema, JsonElement value, string at, int depth)
    {
        if (depth > MaxDepth || ++_steps > MaxSteps) return $"{at}: nested too deeply";
        if (schema.ValueKind == JsonValueKind.False) return $"{at}: not allowed";
        if (schema.ValueKind != JsonValueKind.Object) return null;
        foreach (var keyword in schema.EnumerateObject())
        {
            if (Misfit(keyword, schema, value, at, depth) is { } misfit) return misfit;
        }

        return null;
    }

    private string? Misfit(JsonProperty keyword, JsonElement schema, JsonElement value, string at, int depth) => keyword.Name switch
    {
        "$ref" => Misfit(Resolve(keyword.Value) ?? default, value, at, depth + 1),
        "allOf" => keyword.Value.EnumerateArray().Select(part => Misfit(part, value, at, depth + 1)).FirstOrDefault(found => found is not null),
        "anyOf" => keyword.Value.EnumerateArray().Any(part => Misfit(part, value, at, depth + 1) is null) ? null : $"{at}: anyOf",
        "oneOf" => keyword.Value.EnumerateArray().Count(part => Misfit(part, value, at, depth + 1) is null) == 1 ? null : $"{at}: oneOf",
        "properties" or "required" or "additionalProperties" => value.ValueKind == JsonValueKind.Object ? ObjectMisfit(keyword, schema, value, at, depth) : null,
        "items" when value.ValueKind == JsonValueKind.Array => value.EnumerateArray().Select((item, index) => Misfit(keyword.Value, item, FormattableString.Invariant($"{at}/{index}"), depth + 1)).FirstOrDefault(found => found is not null),
        _ => Fits(keyword, value) ? null : $"{at}: {keyword.Name}",
    };

    private string? ObjectMisfit(JsonProperty keyword, JsonElement schema, JsonElement value, string at, int depth) => keyword.Name switch
    {
        "properties" => keyword.Value.EnumerateObject().Select(part => value.TryGetProperty(part.Name, out var inner) ? Misfit(part.Value, inner, $"{at}/{part.Name}", depth + 1) : null).FirstOrDefault(found => found is not null),
        "required" => keyword.Value.EnumerateArray().FirstOrDefault(name => name.ValueKind == JsonValueKind.String && !value.TryGetProperty(name.GetString()!, out _)) is { ValueKind: JsonValueKind.String } missing ? $"{at}/{missing.GetString()}: required" : null,
        _ => value.EnumerateObject().Where(inner => !schema.TryGetProperty("properties", out var known) || !known.TryGetProperty(inner.Name, out _))
            .Select(inner => Misfit(keyword.Value, inner.Value, $"{at}: additionalProperties", depth + 1)).FirstOrDefault(found => found is not null),
    };

    private static bool Fits(JsonProperty keyword, JsonElement value) => keyword.Name switch
    {
        "type" => Types(keyword.Value).Any(type => Is(value, type)),
        "const" => JsonElement.DeepEquals(keyword.Value, value),
        "enum" => keyword.Value.EnumerateArray().Any(allowed => JsonElement.DeepEquals(allowed, value)),
        "minimum" => value.ValueKind != JsonValueKind.Number || value.GetDouble() >= keyword.Value.GetDouble(),
        "maximum" => value.ValueKind != JsonValueKind.Number || value.GetDouble() <= keyword.Value.GetDouble(),
        "exclusiveMinimum" => value.ValueKind != JsonValueKind.Number || value.GetDouble() > keyword.Value.GetDouble(),
        "exclusiveMaximum" => value.ValueKind != JsonValueKind.Number || value.GetDouble() < keyword.Value.GetDouble(),
        "minLength" => value.ValueKind != JsonValueKind.String || value.GetString()!.EnumerateRunes().Count() >= keyword.Value.GetDouble(),
        "maxLength" => value.ValueKind != JsonValueKind.String || value.GetString()!.EnumerateRunes().Count() <= keyword.Value.GetDouble(),
        "minItems" => value.ValueKind != JsonValueKind.Array || value.GetArrayLength() >= keyword.Value.GetDouble(),
        "maxItems" => value.ValueKind != JsonValueKind.Array || value.GetArrayLength() <= keyword.Value.GetDouble(),
        _ => true,
    };

    private static IEnumerable<string> Types(JsonElement types) =>
        types.ValueKind == JsonValueKind.Array ? types.EnumerateArray().Select(type => type.ToString()) : types.ValueKind == JsonValueKind.String ? [types.GetString()!] : [];

    private static bool Is(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.GetDouble() is var number && double.IsInteger(number),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        _ => value.ValueKind == JsonValueKind.Null,
    };

    /// <summary>The part of the schema that a reference leads to.</summary>
    private JsonElement? Resolve(JsonElement reference)
    {
        if (reference.ValueKind != JsonValueKind.String || reference.GetString() is not { } path || (path != "#" && !path.StartsWith("#/", StringComparison.Ordinal))) return null;
        var found = root;
        foreach (var name in path.Split('/').Skip(1))
        {
            if (found.ValueKind != JsonValueKind.Object || !found.TryGetProperty(name, out found)) return null;
        }

        return found;
    }
}
