using System.Data.Common;

namespace LlmConsole.Core.Metering;

/// <summary>The one statement that writes a usage record, the same on both databases. A request id that is already in the books is left as it is.</summary>
internal static class UsageRecordInsert
{
    private static readonly (string Column, Func<UsageRecord, object?> Value)[] Columns =
    [
        ("request_id", record => record.RequestId),
        ("started_at", record => record.StartedAt.ToUnixTimeMilliseconds()),
        ("tenant_id", record => record.TenantId),
        ("key_id", record => record.KeyId),
        ("user_id", record => record.UserId),
        ("task", record => record.Task),
        ("model_asked", record => record.ModelAsked),
        ("model_served", record => record.ModelServed),
        ("provider_id", record => record.ProviderId),
        ("provider_model", record => record.ProviderModel),
        ("attempts", record => record.Attempts),
        ("stream", record => record.Stream),
        ("cache", record => record.Cache.ToString()),
        ("outcome", record => record.Outcome.ToString()),
        ("status", record => record.Status),
        ("error_code", record => record.ErrorCode),
        ("finish_reason", record => record.FinishReason),
        ("input_tokens", record => record.InputTokens),
        ("cached_input_tokens", record => record.CachedInputTokens),
        ("output_tokens", record => record.OutputTokens),
        ("reasoning_tokens", record => record.ReasoningTokens),
        ("usage_source", record => record.UsageSource.ToString()),
        ("price_version", record => record.PriceVersion),
        ("cost", record => record.Cost.Nanos),
        ("saved_cost", record => record.SavedCost.Nanos),
        ("first_token_ms", record => record.FirstTokenMs),
        ("duration_ms", record => record.DurationMs),
    ];

    private static readonly string Sql =
        $"INSERT INTO usage_records ({string.Join(", ", Columns.Select(column => column.Column))}) VALUES ({string.Join(", ", Columns.Select((_, i) => $"@p{i}"))}) ON CONFLICT (request_id) DO NOTHING";

    public static void Prepare(DbCommand command)
    {
        command.CommandText = Sql;
        for (var i = 0; i < Columns.Length; i++)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = $"p{i}";
            command.Parameters.Add(parameter);
        }
    }

    public static void Bind(DbCommand command, UsageRecord record)
    {
        for (var i = 0; i < Columns.Length; i++) command.Parameters[i].Value = Columns[i].Value(record) ?? DBNull.Value;
    }
}
