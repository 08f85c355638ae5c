using System.Data.Common;

namespace LlmConsole.Core.Storage;

/// <summary>A row of a table, read without Entity Framework, by the forms that its model gives to instants, amounts, names of enums and JSON.</summary>
internal sealed class Row(DbDataReader values)
{
    private readonly Dictionary<string, (string Text, object? Value)> _lastJson = new(StringComparer.Ordinal);

    public string Text(string column) => values.GetString(values.GetOrdinal(column));

    public string? TextOrNone(string column) => values.GetOrdinal(column) is var place && values.IsDBNull(place) ? null : values.GetString(place);

    public int? Integer(string column) => values.GetOrdinal(column) is var place && values.IsDBNull(place) ? null : values.GetInt32(place);

    public double Real(string column) => values.GetDouble(values.GetOrdinal(column));

    public bool Flag(string column) => values.GetBoolean(values.GetOrdinal(column));

    public DateTimeOffset Instant(string column) => DateTimeOffset.FromUnixTimeMilliseconds(values.GetInt64(values.GetOrdinal(column)));

    public DateTimeOffset? InstantOrNone(string column) => values.GetOrdinal(column) is var place && values.IsDBNull(place) ? null : DateTimeOffset.FromUnixTimeMilliseconds(values.GetInt64(place));

    public byte[] Bytes(string column) => (byte[])values.GetValue(values.GetOrdinal(column));

    /// <exception cref="InvalidOperationException">It names none, as when a newer version wrote it.</exception>
    public T Name<T>(string column) where T : struct, Enum => Enum.TryParse(typeof(T), Text(column), out var value)
        ? (T)value : throw new InvalidOperationException($"The column {column} says {Text(column)}, which this version doesn't know as a {typeof(T).Name}.");

    /// <summary>A list that is not to be changed. Most are empty, and need not be parsed, nor the parser be made for what they could hold.</summary>
    public IReadOnlyList<T>? List<T>(string column) => TextOrNone(column) is "[]" ? [] : Json<IReadOnlyList<T>>(column);

    /// <summary>A value that is not to be changed: rows that are read one after the other mostly say the same, and share it.</summary>
    public T? Json<T>(string column)
    {
        if (TextOrNone(column) is not { } text) return default;
        if (_lastJson.TryGetValue(column, out var last) && last.Text == text) return (T?)last.Value;
        var value = JsonColumn.Read<T>(text);
        _lastJson[column] = (text, value);
        return value;
    }
}
