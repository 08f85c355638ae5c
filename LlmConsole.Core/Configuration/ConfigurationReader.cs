using System.Data;
using System.Data.Common;
using LlmConsole.Core.Storage;

namespace LlmConsole.Core.Configuration;

/// <summary>
/// Reads the whole configuration without Entity Framework, because each start does. The columns are those of the mappings beside this; a test compares each with what
/// Entity Framework reads, and what <see cref="ConfigurationWriter"/> writes.
/// </summary>
internal static class ConfigurationReader
{
    /// <summary>From one snapshot of the database.</summary>
    public static async Task<ConfigurationSnapshot> ReadAsync(DatabaseConnections connections, CancellationToken cancellation)
    {
        await using var connection = await connections.OpenAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
        var revision = (long)(await connection.ValueAsync($"SELECT value FROM configuration_revision", cancellation))!;
        return new(
            revision,
            await ReadAsync(connection, "tiers", Tier, cancellation),
            await ReadAsync(connection, "tenants", Tenant, cancellation),
            await ReadAsync(connection, "api_keys", ApiKey, cancellation),
            await ReadAsync(connection, "providers", Provider, cancellation),
            await ReadAsync(connection, "models", Model, cancellation),
            await ReadAsync(connection, "user_limits", UserLimit, cancellation),
            await ReadAsync(connection, "cache_generations", CacheGeneration, cancellation),
            await ReadAsync(connection, "webhook_endpoints", WebhookEndpoint, cancellation),
            await ReadAsync(connection, "alert_rules", AlertRule, cancellation),
            (string?)await connection.ValueAsync($"SELECT id FROM configuration_edits WHERE revision = {revision}", cancellation));
    }

    private static async Task<Dictionary<string, T>> ReadAsync<T>(DbConnection connection, string table, Func<Row, T> read, CancellationToken cancellation) where T : class, IConfigured
    {
        await using var command = connection.CreateCommand();
        command.CommandText = $"SELECT * FROM {table}";
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        var (row, items) = (new Row(rows), new Dictionary<string, T>());
        while (await rows.ReadAsync(cancellation))
        {
            var item = read(row);
            items.Add(item.Id, item);
        }

        return items;
    }

    private static Tier Tier(Row row) => new()
    {
        Id = row.Text("id"), Name = row.Text("name"), CreatedAt = row.Instant("created_at"),
        RequestsPerMinute = row.Integer("requests_per_minute"), TokensPerMinute = row.Integer("tokens_per_minute"), Concurrency = row.Integer("concurrency"),
        MaxOutputTokens = row.Integer("max_output_tokens"), MaxPromptTokens = row.Integer("max_prompt_tokens"),
        Quotas = row.List<Quota>("quotas")!, Models = row.List<string>("models")!, Timeouts = row.Json<TimeoutLimits>("timeouts"), Cache = row.Json<CachePolicy>("cache")!,
    };

    private static Tenant Tenant(Row row) => new()
    {
        Id = row.Text("id"), Name = row.Text("name"), CreatedAt = row.Instant("created_at"), TierId = row.Text("tier_id"),
        Status = row.Name<TenantStatus>("status"), StatusReason = row.TextOrNone("status_reason"), Overrides = row.Json<LimitSet>("overrides"),
        Quotas = row.List<Quota>("quotas"), Cache = row.Json<CachePolicy>("cache"), Bodies = row.Json<BodyPolicy>("bodies"),
    };

    private static ApiKey ApiKey(Row row) => new()
    {
        Id = row.Text("id"), Name = row.Text("name"), CreatedAt = row.Instant("created_at"), Kind = row.Name<ApiKeyKind>("kind"), TenantId = row.TextOrNone("tenant_id"),
        Hash = KeyHash.From(row.Bytes("hash")), LastFour = row.Text("last_four"), ExpiresAt = row.InstantOrNone("expires_at"), RevokedAt = row.InstantOrNone("revoked_at"),
        Models = row.List<string>("models")!, Limits = row.Json<LimitSet>("limits"), Quotas = row.List<Quota>("quotas")!, IpAllow = row.List<string>("ip_allow")!,
    };

    private static Provider Provider(Row row) => new()
    {
        Id = row.Text("id"), Name = row.Text("name"), CreatedAt = row.Instant("created_at"), Kind = row.Name<ProviderKind>("kind"),
        BaseUrl = row.TextOrNone("base_url") is { } url ? new Uri(url) : null, ProtectedApiKey = row.TextOrNone("protected_api_key"), ApiKeyLastFour = row.TextOrNone("api_key_last_four"),
    };

    private static Model Model(Row row) => new()
    {
        Id = row.Text("id"), Name = row.Text("name"), CreatedAt = row.Instant("created_at"),
        Targets = row.List<ModelTarget>("targets")!, Fallbacks = row.List<string>("fallbacks")!, Timeouts = row.Json<ModelTimeouts>("timeouts")!,
        Resilience = row.Json<ModelResilience>("resilience")!, Prices = row.List<ModelPrice>("prices")!,
    };

    private static UserLimit UserLimit(Row row) => new()
    {
        Id = row.Text("id"), CreatedAt = row.Instant("created_at"), TenantId = row.Text("tenant_id"), UserId = row.Text("user_id"),
        Limits = row.Json<LimitSet>("limits"), Quotas = row.List<Quota>("quotas")!,
    };

    private static CacheGeneration CacheGeneration(Row row) => new()
    {
        Id = row.Text("id"), Name = row.Text("name"), Value = row.Text("value"), PurgedAt = row.Instant("purged_at"),
    };

    private static WebhookEndpoint WebhookEndpoint(Row row) => new()
    {
        Id = row.Text("id"), CreatedAt = row.Instant("created_at"), TenantId = row.TextOrNone("tenant_id"), Url = new Uri(row.Text("url")), Format = row.Name<WebhookFormat>("format"),
        Events = row.List<string>("events")!, ProtectedSecret = row.Text("protected_secret"), ProtectedPreviousSecret = row.TextOrNone("protected_previous_secret"),
        PreviousSecretUntil = row.InstantOrNone("previous_secret_until"), DisabledAt = row.InstantOrNone("disabled_at"), DisabledReason = row.TextOrNone("disabled_reason"), EnabledAt = row.InstantOrNone("enabled_at"),
    };

    private static AlertRule AlertRule(Row row) => new()
    {
        Id = row.Text("id"), Name = row.Text("name"), CreatedAt = row.Instant("created_at"), Kind = row.Name<AlertKind>("kind"), TenantId = row.TextOrNone("tenant_id"),
        Threshold = row.Real("threshold"), Webhooks = row.List<string>("webhooks")!, Enabled = row.Flag("enabled"),
    };
}
