namespace LlmConsole.Core.Metering;

/// <summary>The statement that writes usage records, and how a record becomes one of its rows.</summary>
internal static class UsageRecordInsert
{
    private static readonly (string Column, string Type, Action<IRowValues, UsageRecord> Add)[] Columns =
    [
        ("request_id", "text", (row, record) => row.Add(record.RequestId)),
        ("started_at", "bigint", (row, record) => row.Add(record.StartedAt.ToUnixTimeMilliseconds())),
        ("tenant_id", "text", (row, record) => row.Add(record.TenantId)),
        ("key_id", "text", (row, record) => row.Add(record.KeyId)),
        ("user_id", "text", (row, record) => row.Add(UsageText.User(record.UserId))),
        ("task", "text", (row, record) => row.Add(UsageText.Of(record.Task))),
        ("model_asked", "text", (row, record) => row.Add(UsageText.Of(record.ModelAsked))),
        ("model_served", "text", (row, record) => row.Add(UsageText.Of(record.ModelServed))),
        ("provider_id", "text", (row, record) => row.Add(record.ProviderId)),
        ("provider_model", "text", (row, record) => row.Add(UsageText.Of(record.ProviderModel))),
        ("attempts", "integer", (row, record) => row.Add(record.Attempts)),
        ("attempt_log", "text", (row, record) => row.Add(UsageText.Of(record.AttemptLog))),
        ("stream", "boolean", (row, record) => row.Add(record.Stream)),
        ("cache", "text", (row, record) => row.Add(record.Cache.ToString())),
        ("outcome", "text", (row, record) => row.Add(record.Outcome.ToString())),
        ("status", "integer", (row, record) => row.Add(record.Status)),
        ("error_code", "text", (row, record) => row.Add(record.ErrorCode)),
        ("finish_reason", "text", (row, record) => row.Add(UsageText.Of(record.FinishReason))),
        ("input_tokens", "bigint", (row, record) => row.Add(record.InputTokens)),
        ("cached_input_tokens", "bigint", (row, record) => row.Add(record.CachedInputTokens)),
        ("cache_write_tokens", "bigint", (row, record) => row.Add(record.CacheWriteTokens)),
        ("output_tokens", "bigint", (row, record) => row.Add(record.OutputTokens)),
        ("reasoning_tokens", "bigint", (row, record) => row.Add(record.ReasoningTokens)),
        ("usage_source", "text", (row, record) => row.Add(record.UsageSource.ToString())),
        ("flags", "integer", (row, record) => row.Add((long)record.Flags)),
        ("price_version", "integer", (row, record) => row.Add(record.PriceVersion)),
        ("cost", "bigint", (row, record) => row.Add(record.Cost.Nanos)),
        ("saved_cost", "bigint", (row, record) => row.Add(record.SavedCost.Nanos)),
        ("wasted_cost", "bigint", (row, record) => row.Add(record.WastedCost.Nanos)),
        ("cached_from", "text", (row, record) => row.Add(record.CachedFrom)),
        ("saved_tokens", "bigint", (row, record) => row.Add(record.SavedTokens)),
        ("cache_similarity", "double precision", (row, record) => row.Add(record.CacheSimilarity)),
        ("embedding_tokens", "bigint", (row, record) => row.Add(record.EmbeddingTokens)),
        ("embedding_cost", "bigint", (row, record) => row.Add(record.EmbeddingCost.Nanos)),
        ("first_token_ms", "double precision", (row, record) => row.Add(record.FirstTokenMs)),
        ("duration_ms", "double precision", (row, record) => row.Add(record.DurationMs)),
    ];

    /// <summary>What is added to it so that a request id that is already in the books is left as it is, instead of refused with all the others.</summary>
    public const string UnlessThere = "\nON CONFLICT (request_id) DO NOTHING";

    /// <param name="rows">What gives the rows, for columns of these types.</param>
    public static string Sql(Func<IEnumerable<string>, string> rows) =>
        $"""
        INSERT INTO usage_records ({string.Join(", ", Columns.Select(column => column.Column))})
        {rows(Columns.Select(column => column.Type))}
        """;

    public static void Write(IRowValues row, UsageRecord record)
    {
        foreach (var (_, _, add) in Columns) add(row, record);
    }
}
