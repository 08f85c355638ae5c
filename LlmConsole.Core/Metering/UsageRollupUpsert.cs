namespace LlmConsole.Core.Metering;

/// <summary>Sums records up by hour and labels, and the statement that adds the sums to those that the database holds.</summary>
internal static class UsageRollupUpsert
{
    private static readonly string[] Labels = ["tenant_id", "key_id", "user_id", "model", "task"];

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
        ("saved_tokens", record => record.SavedTokens),
        ("embedding_tokens", record => record.EmbeddingTokens),
        ("embedding_cost_nanos", record => record.EmbeddingCost.Nanos),
        ("unpriced", record => record.IsUnpriced ? 1 : 0),
        ("cache_lookups", record => record.Cache == CacheVerdict.Bypass ? 0 : 1),
        ("cache_hits", record => record.Cache is CacheVerdict.Exact or CacheVerdict.Semantic ? 1 : 0),
        ("duration_micros", record => Micros(record.DurationMs)),
        ("first_token_micros", record => Micros(record.FirstTokenMs ?? 0)),
        ("first_tokens", record => record.FirstTokenMs is null ? 0 : 1),
    ];

    /// <param name="rows">What gives the rows, for columns of these types.</param>
    public static string Sql(Func<IEnumerable<string>, string> rows) =>
        $"""
        INSERT INTO usage_rollups (hour, {string.Join(", ", Labels)}, {string.Join(", ", Sums.Select(sum => sum.Column))})
        {rows(["bigint", .. Labels.Select(_ => "text"), .. Sums.Select(_ => "bigint")])}
        ON CONFLICT (tenant_id, hour, key_id, user_id, model, task) DO UPDATE SET {string.Join(", ", Sums.Select(sum => $"{sum.Column} = usage_rollups.{sum.Column} + excluded.{sum.Column}"))}
        """;

    /// <summary>The sums over these records, in one order for all writers: two that add to the same roll-ups then wait for each other instead of locking each other out.</summary>
    public static IReadOnlyList<Row> Sum(IReadOnlyCollection<UsageRecord> records)
    {
        var rows = new Dictionary<Key, Row>();
        Row? row = null;
        foreach (var record in records)
        {
            // Most have the labels of the one before them, and to compare is cheaper than to hash.
            var key = Key.Of(record);
            if (row?.Key != key && !rows.TryGetValue(key, out row)) rows.Add(key, row = new Row(key, new long[Sums.Length]));
            for (var i = 0; i < Sums.Length; i++) row.Values[i] = checked(row.Values[i] + Sums[i].Value(record));
        }

        return [.. rows.Values.Order()];
    }

    public static void Write(IRowValues to, Row row)
    {
        to.Add(row.Key.Hour);
        to.Add(row.Key.Tenant);
        to.Add(row.Key.ApiKey);
        to.Add(row.Key.User);
        to.Add(row.Key.Model);
        to.Add(row.Key.Task);
        foreach (var value in row.Values) to.Add(value);
    }

    private static long Is(UsageRecord record, Outcome outcome) => record.Outcome == outcome ? 1 : 0;

    private static long Micros(double milliseconds) => (long)Math.Round(milliseconds * 1000);

    public readonly record struct Key(long Hour, string Tenant, string ApiKey, string User, string Model, string Task) : IComparable<Key>
    {
        public static Key Of(UsageRecord record) => new(
            UsageHour.Of(record.StartedAt), record.TenantId, record.KeyId ?? "", UsageText.User(record.UserId) ?? "", UsageText.Of(record.ModelSummed), UsageText.Of(record.Task) ?? "");

        public int CompareTo(Key other)
        {
            var order = Hour.CompareTo(other.Hour);
            if (order == 0) order = string.CompareOrdinal(Tenant, other.Tenant);
            if (order == 0) order = string.CompareOrdinal(ApiKey, other.ApiKey);
            if (order == 0) order = string.CompareOrdinal(User, other.User);
            if (order == 0) order = string.CompareOrdinal(Model, other.Model);
            return order == 0 ? string.CompareOrdinal(Task, other.Task) : order;
        }
    }

    public sealed record Row(Key Key, long[] Values) : IComparable<Row>
    {
        public int CompareTo(Row? other) => other is null ? 1 : Key.CompareTo(other.Key);
    }
}
