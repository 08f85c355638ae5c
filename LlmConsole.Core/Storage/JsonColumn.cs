using System.Text.Json;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace LlmConsole.Core.Storage;

/// <summary>Small value lists and records that belong to one row are stored as JSON text in that row.</summary>
public static class JsonColumn
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>The value that the text of such a column stands for.</summary>
    public static T Read<T>(string text) => JsonSerializer.Deserialize<T>(text, Json)!;

    /// <summary>What such a column holds for a value.</summary>
    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Json);

    /// <summary>The value is not to be changed in place: rows with the same text may share it.</summary>
    public static PropertyBuilder<T> HasJsonColumn<T>(this PropertyBuilder<T> property)
    {
        var last = new LastRead<T>();
        property.HasConversion(
            value => Write(value),
            text => last.Read(text),
            new ValueComparer<T>(
                (a, b) => Write(a) == Write(b),
                value => Write(value).GetHashCode(StringComparison.Ordinal)));
        return property;
    }

    /// <summary>Rows that are read one after the other mostly say the same, such as that a key has no limits of its own: of many rows most are parsed, and kept, once.</summary>
    private sealed class LastRead<T>
    {
        private Tuple<string, T>? _last;

        public T Read(string text)
        {
            if (Volatile.Read(ref _last) is { } last && last.Item1 == text) return last.Item2;
            var value = JsonColumn.Read<T>(text);
            Volatile.Write(ref _last, Tuple.Create(text, value));
            return value;
        }
    }
}
