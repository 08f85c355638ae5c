using System.Text.Json;

namespace LlmConsole.Core.Metering;

/// <summary>
/// Rows as one parameter: a JSON array of arrays, whose values SQL reads as <c>value -&gt;&gt; 0</c>, <c>value -&gt;&gt; 1</c>, …, the same on both
/// databases. One prepared statement then takes any number of rows in one round trip.
/// </summary>
internal static class SqlRows
{
    public const string Parameter = "rows";

    /// <summary>What stands after <c>FROM</c>.</summary>
    public static string Source(bool isPostgres) => isPostgres ? $"jsonb_array_elements(CAST(@{Parameter} AS jsonb)) AS r(value)" : $"json_each(@{Parameter})";

    public static string Write<T>(IReadOnlyCollection<T> rows, Action<IRowValues, T> write)
    {
        using var buffer = new MemoryStream(rows.Count * 512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            var values = new JsonRowValues(json);
            json.WriteStartArray();
            foreach (var row in rows)
            {
                json.WriteStartArray();
                write(values, row);
                json.WriteEndArray();
            }

            json.WriteEndArray();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }
}
