using System.Text.Json;

namespace LlmConsole.Core.Metering;

/// <summary>Takes the values of a row, one after the other, in the order of its columns.</summary>
internal interface IRowValues
{
    void Add(string? text);

    void Add(long? number);

    void Add(double? number);

    void Add(bool flag);
}

/// <summary>As items of a JSON array, as <see cref="SqlRows"/> reads them.</summary>
internal sealed class JsonRowValues(Utf8JsonWriter json) : IRowValues
{
    public void Add(string? text) => json.WriteStringValue(text);

    public void Add(long? number)
    {
        if (number is { } value) json.WriteNumberValue(value);
        else json.WriteNullValue();
    }

    public void Add(double? number)
    {
        if (number is { } value) json.WriteNumberValue(value);
        else json.WriteNullValue();
    }

    public void Add(bool flag) => json.WriteBooleanValue(flag);
}
