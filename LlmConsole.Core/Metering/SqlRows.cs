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
    public static string Source(bool isPostgres) => isPostgres ? PostgresSource : $"json_each(@{Parameter})";

    private const string PostgresSource = $"jsonb_array_elements(CAST(@{Parameter} AS jsonb)) AS r(value)";

    /// <summary>What stands after the columns of an <c>INSERT</c> on PostgreSQL, for columns of these types.</summary>
    public static string Select(IEnumerable<string> types) => $"SELECT {string.Join(", ", types.Select((type, i) => $"CAST(value ->> {i} AS {type})"))} FROM {PostgresSource}";

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
