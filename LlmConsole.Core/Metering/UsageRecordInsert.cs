using System.Text.Json;

namespace LlmConsole.Core.Metering;

/// <summary>The statement that writes usage records, and how a record becomes one of its rows. A request id that is already in the books is left as it is.</summary>
internal static class UsageRecordInsert
{
    private static readonly (string Column, string Type, Func<UsageRecord, object?> Value)[] Columns =
    [
        ("request_id", "text", record => record.RequestId),
        ("started_at", "bigint", record => record.StartedAt.ToUnixTimeMilliseconds()),
        ("tenant_id", "text", record => record.TenantId),
        ("key_id", "text", record => record.KeyId),
        ("user_id", "text", record => UsageText.User(record.UserId)),
        ("task", "text", record => UsageText.Of(record.Task)),
        ("model_asked", "text", record => UsageText.Of(record.ModelAsked)),
        ("model_served", "text", record => UsageText.Of(record.ModelServed)),
        ("provider_id", "text", record => record.ProviderId),
        ("provider_model", "text", record => record.ProviderModel),
        ("attempts", "integer", record => (long)record.Attempts),
        ("stream", "boolean", record => record.Stream),
        ("cache", "text", record => record.Cache.ToString()),
        ("outcome", "text", record => record.Outcome.ToString()),
        ("status", "integer", record => (long)record.Status),
        ("error_code", "text", record => record.ErrorCode),
        ("finish_reason", "text", record => UsageText.Of(record.FinishReason)),
        ("input_tokens", "bigint", record => record.InputTokens),
        ("cached_input_tokens", "bigint", record => record.CachedInputTokens),
        ("cache_write_tokens", "bigint", record => record.CacheWriteTokens),
        ("output_tokens", "bigint", record => record.OutputTokens),
        ("reasoning_tokens", "bigint", record => record.ReasoningTokens),
        ("usage_source", "text", record => record.UsageSource.ToString()),
        ("flags", "integer", record => (long)record.Flags),
        ("price_version", "integer", record => (long?)record.PriceVersion),
        ("cost", "bigint", record => record.Cost.Nanos),
        ("saved_cost", "bigint", record => record.SavedCost.Nanos),
        ("first_token_ms", "double precision", record => record.FirstTokenMs),
        ("duration_ms", "double precision", record => record.DurationMs),
    ];

    /// <summary>Answers with the ids that were new. (SQLite needs the <c>WHERE</c> to tell <c>ON CONFLICT</c> from a join.)</summary>
    public static string Sql(string rows) =>
        $"""
        INSERT INTO usage_records ({string.Join(", ", Columns.Select(column => column.Column))})
        SELECT {string.Join(", ", Columns.Select((column, i) => $"CAST(value ->> {i} AS {column.Type})"))} FROM {rows} WHERE true
        ON CONFLICT (request_id) DO NOTHING RETURNING request_id
        """;

    public static void Write(Utf8JsonWriter json, UsageRecord record)
    {
        foreach (var (_, _, value) in Columns)
        {
            switch (value(record))
            {
                case null: json.WriteNullValue(); break;
                case string text: json.WriteStringValue(text); break;
                case long number: json.WriteNumberValue(number); break;
                case double number: json.WriteNumberValue(number); break;
                case bool flag: json.WriteBooleanValue(flag); break;
            }
        }
    }
}
