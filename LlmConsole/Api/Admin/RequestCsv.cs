using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;

namespace LlmConsole.Api.Admin;

/// <summary>Calls as rows of CSV, written as they are read.</summary>
internal static class RequestCsv
{
    /// <summary>So many rows are in memory at once.</summary>
    public const int PageSize = 1_000;

    public const string Header = "request_id,started_at,tenant_id,tenant,key_id,key,user_id,task,model,model_served,provider_id,provider,provider_model,attempts,stream,cache,outcome,status,error_code,finish_reason,input_tokens,cached_input_tokens,cache_write_tokens,output_tokens,reasoning_tokens,usage_source,price_version,cost_usd,saved_cost_usd,wasted_cost_usd,saved_tokens,first_token_ms,duration_ms";

    public static async Task WriteAsync(PipeWriter body, IAsyncEnumerable<IReadOnlyList<UsageRecord>> pages, ConfigurationSnapshot snapshot, CancellationToken cancellation)
    {
        var csv = new CsvBody(body, Header);
        await foreach (var page in pages.WithCancellation(cancellation))
        {
            foreach (var record in page) Append(csv.Text, record, snapshot);
            await csv.SendAsync(cancellation);
        }
    }

    private static void Append(StringBuilder csv, UsageRecord record, ConfigurationSnapshot snapshot)
    {
        csv.AppendJoin(
            ',', Text(record.RequestId), record.StartedAt.UtcDateTime.ToString("O", CultureInfo.InvariantCulture), Text(record.TenantId), Text(snapshot.Tenants.GetValueOrDefault(record.TenantId)?.Name),
            Text(record.KeyId), Text(record.KeyId is { } key ? snapshot.Keys.GetValueOrDefault(key)?.Name : null), Text(record.UserId), Text(record.Task), Text(record.ModelAsked), Text(record.ModelServed),
            Text(record.ProviderId), Text(record.ProviderId is { } provider ? snapshot.Providers.GetValueOrDefault(provider)?.Name : null), Text(record.ProviderModel));
        csv.Append(CultureInfo.InvariantCulture, $",{record.Attempts},{(record.Stream ? "true" : "false")},{Word(record.Cache)},{Word(record.Outcome)},{record.Status},{Text(record.ErrorCode)},{Text(record.FinishReason)}");
        csv.Append(CultureInfo.InvariantCulture, $",{record.InputTokens},{record.CachedInputTokens},{record.CacheWriteTokens},{record.OutputTokens},{record.ReasoningTokens},{Word(record.UsageSource)}");
        csv.Append(CultureInfo.InvariantCulture, $",{record.PriceVersion},{record.Cost.ToInvariant()},{record.SavedCost.ToInvariant()},{record.WastedCost.ToInvariant()},{record.SavedTokens},{record.FirstTokenMs:0.###},{record.DurationMs:0.###}\r\n");
    }

    private static string Text(string? text) => CsvField.Of(text ?? "");

    private static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}
