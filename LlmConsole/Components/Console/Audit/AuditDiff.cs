using System.Text.Json;

namespace LlmConsole.Components.Console.Audit;

/// <summary>What a change did, field by field.</summary>
internal static class AuditDiff
{
    /// <summary>The fields that differ, in the order in which they are written; of a created or deleted object, all that have a value.</summary>
    public static IReadOnlyList<FieldChange> Of(string? before, string? after)
    {
        var old = Fields(before);
        var now = Fields(after);
        return [.. old.Keys.Union(now.Keys)
            .Select(name => new FieldChange(name, old.GetValueOrDefault(name), now.GetValueOrDefault(name)))
            .Where(change => change.Before != change.After)];
    }

    private static Dictionary<string, string> Fields(string? json)
    {
        var fields = new Dictionary<string, string>();
        if (json is null) return fields;
        using var document = JsonDocument.Parse(json);
        Add(document.RootElement, "", fields);
        return fields;
    }

    private static void Add(JsonElement element, string path, Dictionary<string, string> fields)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject()) Add(property.Value, path.Length == 0 ? property.Name : $"{path}.{property.Name}", fields);
                break;
            case JsonValueKind.Array when element.EnumerateArray().Any(item => item.ValueKind == JsonValueKind.Object):
                foreach (var (index, item) in element.EnumerateArray().Index()) Add(item, $"{path}[{index}]", fields);
                break;
            case JsonValueKind.Array:
                fields[path] = string.Join(", ", element.EnumerateArray().Select(item => item.ToString()));
                break;
            case JsonValueKind.Null:
                break;
            default:
                fields[path.Length == 0 ? "value" : path] = element.ValueKind == JsonValueKind.String ? element.GetString()! : element.GetRawText();
                break;
        }
    }
}

/// <summary>One field of a change; none where there was or is no value.</summary>
internal sealed record FieldChange(string Name, string? Before, string? After);
