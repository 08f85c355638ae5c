using System.Text.Json;

namespace LlmConsole.Core.Metering;

/// <summary>Sums records up by hour and labels, and the statement that adds the sums to those that the database holds.</summary>
internal static class UsageRollupUpsert
{
    private static readonly (string Column, Func<UsageRecord, string> Value)[] Labels =
    [
        ("tenant_id", record => record.TenantId),
        ("key_id", record => record.KeyId ?? ""),
        ("user_id", record => UsageText.User(record.UserId) ?? ""),
        ("model", record => UsageText.Of(record.ModelServed ?? record.ModelAsked)!),
        ("task", record => UsageText.Of(record.Task) ?? ""),
    ];

    private static readonly (string Column, Func<UsageRecord, long> Value)[] Sums =
    [
        ("calls", _ => 1),
        ("answered", record => Is(record, Outcome.Answered)),
        ("refused", record => Is(record, Outcome.Refused)),
        ("failed", record => Is(record, Outcome.Failed)),
        ("incomplete", record => Is(record, Outcome.Incomplete)),
        ("abandoned", record => Is(record, Outcome.Abandoned)),
        ("input_tokens", record => record.InputTokens),
        ("cached_input_tokens", record => record.CachedInputTokens),
        ("cache_write_tokens", record => record.CacheWriteTokens),
        ("output_tokens", record => record.OutputTokens),
        ("reasoning_tokens", record => record.ReasoningTokens),
        ("cost_nanos", record => record.Cost.Nanos),
        ("saved_cost_nanos", record => record.SavedCost.Nanos),
        ("unpriced", record => record.IsUnpriced ? 1 : 0),
        ("duration_micros", record => Micros(record.DurationMs)),
        ("first_token_micros", record => Micros(record.FirstTokenMs ?? 0)),
        ("first_tokens", record => record.FirstTokenMs is null ? 0 : 1),
    ];

    public static string Sql(string rows) =>
        $"""
        INSERT INTO usage_rollups (hour, {string.Join(", ", Labels.Select(label => label.Column))}, {string.Join(", ", Sums.Select(sum => sum.Column))})
        SELECT CAST(value ->> 0 AS bigint), {string.Join(", ", Labels.Select((_, i) => $"value ->> {1 + i}"))}, {string.Join(", ", Sums.Select((_, i) => $"CAST(value ->> {1 + Labels.Length + i} AS bigint)"))}
        FROM {rows} WHERE true
        ON CONFLICT (tenant_id, hour, key_id, user_id, model, task) DO UPDATE SET {string.Join(", ", Sums.Select(sum => $"{sum.Column} = usage_rollups.{sum.Column} + excluded.{sum.Column}"))}
        """;

    /// <summary>The sums over these records, in one order for all writers: two that add to the same roll-ups then wait for each other instead of locking each other out.</summary>
    public static IReadOnlyList<Row> Sum(IEnumerable<UsageRecord> records)
    {
        var rows = new SortedDictionary<string, Row>(StringComparer.Ordinal);
        foreach (var record in records)
        {
            var hour = UsageHour.Of(record.StartedAt);
            var labels = Array.ConvertAll(Labels, label => label.Value(record));
            var key = $"{hour:D15}\0{string.Join('\0', labels)}";
            if (!rows.TryGetValue(key, out var row)) rows.Add(key, row = new Row(hour, labels, new long[Sums.Length]));
            for (var i = 0; i < Sums.Length; i++) row.Values[i] = checked(row.Values[i] + Sums[i].Value(record));
        }

        return [.. rows.Values];
    }

    public static void Write(Utf8JsonWriter json, Row row)
    {
        json.WriteNumberValue(row.Hour);
        foreach (var label in row.Labels) json.WriteStringValue(label);
        foreach (var value in row.Values) json.WriteNumberValue(value);
    }

    private static long Is(UsageRecord record, Outcome outcome) => record.Outcome == outcome ? 1 : 0;

    private static long Micros(double milliseconds) => (long)Math.Round(milliseconds * 1000);

    public sealed record Row(long Hour, string[] Labels, long[] Values);
}
