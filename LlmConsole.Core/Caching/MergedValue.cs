using System.Text;
using System.Text.Json;

namespace LlmConsole.Core.Caching;

/// <summary>
/// A value of a streamed answer as it grows from delta to delta: texts are joined, objects merged, items with an index merged by it, other items added.
/// Deltas must live as long as it does.
/// </summary>
internal sealed class MergedValue
{
    private const int ShortText = 256;

    private StringBuilder? _text;
    private Dictionary<string, MergedValue>? _fields;
    private SortedDictionary<int, MergedValue>? _indexed;
    private List<JsonElement>? _items;
    private JsonElement _other;

    /// <summary>Adds what a delta says.</summary>
    /// <param name="name">The field's name: identifiers come whole, some servers send them with every delta.</param>
    public void Add(string name, JsonElement delta)
    {
        switch (delta.ValueKind)
        {
            case JsonValueKind.Null or JsonValueKind.Undefined: break;
            case JsonValueKind.String: AddText(name, delta.GetString()!); break;
            case JsonValueKind.Object: AddFields(delta); break;
            case JsonValueKind.Array: AddItems(name, delta); break;
            default: _other = delta; break;
        }
    }

    /// <summary>Adds text, in UTF-8, to the field <c>content</c>, which a delta has named before.</summary>
    public void AddContent(ReadOnlySpan<byte> text)
    {
        var content = _fields!["content"];
        Span<char> characters = text.Length <= ShortText ? stackalloc char[ShortText] : new char[text.Length];
        (content._text ??= new StringBuilder()).Append(characters[..Encoding.UTF8.GetChars(text, characters)]);
    }

    public void Add(JsonProperty field)
    {
        _fields ??= [];
        if (!_fields.TryGetValue(field.Name, out var value)) _fields.Add(field.Name, value = new MergedValue());
        value.Add(field.Name, field.Value);
    }

    public void Write(Utf8JsonWriter json)
    {
        if (_fields is not null)
        {
            json.WriteStartObject();
            WriteFields(json);
            json.WriteEndObject();
        }
        else if (_indexed is not null || _items is not null)
        {
            json.WriteStartArray();
            foreach (var item in _indexed?.Values ?? Enumerable.Empty<MergedValue>()) item.Write(json);
            foreach (var item in _items ?? []) item.WriteTo(json);
            json.WriteEndArray();
        }
        else if (_text is not null) json.WriteStringValue(_text.ToString());
        else if (_other.ValueKind != JsonValueKind.Undefined) _other.WriteTo(json);
        else json.WriteNullValue();
    }

    public void WriteFields(Utf8JsonWriter json)
    {
        foreach (var (name, value) in _fields ?? [])
        {
            json.WritePropertyName(name);
            value.Write(json);
        }
    }

    private void AddText(string name, string text)
    {
        _text ??= new StringBuilder();
        if (_text.Length == 0 || name is not ("role" or "id" or "type" or "name")) _text.Append(text);
    }

    private void AddFields(JsonElement delta)
    {
        _fields ??= [];
        foreach (var field in delta.EnumerateObject()) Add(field);
    }

    private void AddItems(string name, JsonElement delta)
    {
        foreach (var item in delta.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.Object && item.TryGetProperty("index", out var at) && at.ValueKind == JsonValueKind.Number && at.TryGetInt32(out var index))
            {
                _indexed ??= [];
                if (!_indexed.TryGetValue(index, out var merged)) _indexed.Add(index, merged = new MergedValue { _fields = [] });
                foreach (var field in item.EnumerateObject().Where(field => name != "tool_calls" || field.Name != "index")) merged.Add(field);
            }
            else (_items ??= []).Add(item);
        }

        if (_indexed is null) _items ??= [];
    }
}
