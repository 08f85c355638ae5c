using System.Data.Common;
using LlmConsole.Core.Storage;

namespace LlmConsole.Core.Configuration;

/// <summary>
/// Writes objects of the configuration without Entity Framework, because the first start does, and each edit. The columns are those of the mappings beside this; a test reads each
/// with Entity Framework.
/// </summary>
internal static class ConfigurationWriter
{
    private const int Leaf = 2;

    /// <summary>Inside the caller's transaction. Rows that others refer to are there before those, and go after them.</summary>
    public static async Task WriteAsync(DbConnection connection, ConfigurationSnapshot before, IReadOnlyList<Change> changes, CancellationToken cancellation)
    {
        foreach (var change in changes.Where(change => change.IsDelete && Rank(change.Item) == Leaf)) await DeleteAsync(connection, change.Item, cancellation);
        foreach (var change in changes.Where(change => !change.IsDelete).OrderBy(change => Rank(change.Item)))
        {
            if (before.Find(change.Item) is null) await RowOf(change.Item).InsertAsync(connection, cancellation);
            else await RowOf(change.Item).UpdateAsync(connection, cancellation);
        }

        foreach (var change in changes.Where(change => change.IsDelete && Rank(change.Item) != Leaf).OrderByDescending(change => Rank(change.Item))) await DeleteAsync(connection, change.Item, cancellation);
    }

    /// <summary>Tenants refer to tiers, and others to tenants.</summary>
    private static int Rank(IConfigured item) => item switch { Tier => 0, Tenant => 1, _ => Leaf };

    private static async Task DeleteAsync(DbConnection connection, IConfigured item, CancellationToken cancellation)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = $"DELETE FROM {TableOf(item)} WHERE id = @id";
        command.Add("id", item.Id);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static string TableOf(IConfigured item) => item switch
    {
        Tier => "tiers",
        Tenant => "tenants",
        ApiKey => "api_keys",
        Provider => "providers",
        Model => "models",
        UserLimit => "user_limits",
        CacheGeneration => "cache_generations",
        WebhookEndpoint => "webhook_endpoints",
        AlertRule => "alert_rules",
        _ => throw new ArgumentException($"{item.GetType().Name} is not part of the configuration.", nameof(item)),
    };

    private static RowWriter RowOf(IConfigured item)
    {
        var row = new RowWriter(TableOf(item)).Text("id", item.Id);
        return item switch
        {
            Tier tier => Fill(row, tier),
            Tenant tenant => Fill(row, tenant),
            ApiKey key => Fill(row, key),
            Provider provider => Fill(row, provider),
            Model model => Fill(row, model),
            UserLimit limit => Fill(row, limit),
            CacheGeneration generation => row.Text("name", generation.Name).Text("value", generation.Value).Instant("purged_at", generation.PurgedAt),
            WebhookEndpoint endpoint => Fill(row, endpoint),
            AlertRule rule => Fill(row, rule),
            _ => throw new ArgumentException($"{item.GetType().Name} is not part of the configuration.", nameof(item)),
        };
    }

    private static RowWriter Fill(RowWriter row, Tier tier) => row
        .Text("name", tier.Name).Instant("created_at", tier.CreatedAt)
        .Integer("requests_per_minute", tier.RequestsPerMinute).Integer("tokens_per_minute", tier.TokensPerMinute).Integer("concurrency", tier.Concurrency)
        .Integer("max_output_tokens", tier.MaxOutputTokens).Integer("max_prompt_tokens", tier.MaxPromptTokens)
        .Json("quotas", tier.Quotas).Json("models", tier.Models).Json("timeouts", tier.Timeouts).Json("cache", tier.Cache);

    private static RowWriter Fill(RowWriter row, Tenant tenant) => row
        .Text("name", tenant.Name).Instant("created_at", tenant.CreatedAt).Text("tier_id", tenant.TierId)
        .Name("status", tenant.Status).Text("status_reason", tenant.StatusReason).Json("overrides", tenant.Overrides)
        .Json("quotas", tenant.Quotas).Json("cache", tenant.Cache).Json("bodies", tenant.Bodies);

    private static RowWriter Fill(RowWriter row, ApiKey key) => row
        .Text("name", key.Name).Instant("created_at", key.CreatedAt).Name("kind", key.Kind).Text("tenant_id", key.TenantId)
        .Bytes("hash", key.Hash.ToBytes()).Text("last_four", key.LastFour).Instant("expires_at", key.ExpiresAt).Instant("revoked_at", key.RevokedAt)
        .Json("models", key.Models).Json("limits", key.Limits).Json("quotas", key.Quotas).Json("ip_allow", key.IpAllow);

    private static RowWriter Fill(RowWriter row, Provider provider) => row
        .Text("name", provider.Name).Instant("created_at", provider.CreatedAt).Name("kind", provider.Kind)
        .Text("base_url", provider.BaseUrl?.ToString()).Text("protected_api_key", provider.ProtectedApiKey).Text("api_key_last_four", provider.ApiKeyLastFour);

    private static RowWriter Fill(RowWriter row, Model model) => row
        .Text("name", model.Name).Instant("created_at", model.CreatedAt)
        .Json("targets", model.Targets).Json("fallbacks", model.Fallbacks).Json("timeouts", model.Timeouts).Json("resilience", model.Resilience).Json("prices", model.Prices);

    private static RowWriter Fill(RowWriter row, UserLimit limit) => row
        .Instant("created_at", limit.CreatedAt).Text("tenant_id", limit.TenantId).Text("user_id", limit.UserId).Json("limits", limit.Limits).Json("quotas", limit.Quotas);

    private static RowWriter Fill(RowWriter row, WebhookEndpoint endpoint) => row
        .Instant("created_at", endpoint.CreatedAt).Text("tenant_id", endpoint.TenantId).Text("url", endpoint.Url.ToString()).Name("format", endpoint.Format).Json("events", endpoint.Events)
        .Text("protected_secret", endpoint.ProtectedSecret).Text("protected_previous_secret", endpoint.ProtectedPreviousSecret).Instant("previous_secret_until", endpoint.PreviousSecretUntil)
        .Instant("disabled_at", endpoint.DisabledAt).Text("disabled_reason", endpoint.DisabledReason).Instant("enabled_at", endpoint.EnabledAt);

    private static RowWriter Fill(RowWriter row, AlertRule rule) => row
        .Text("name", rule.Name).Instant("created_at", rule.CreatedAt).Name("kind", rule.Kind).Text("tenant_id", rule.TenantId)
        .Real("threshold", rule.Threshold).Json("webhooks", rule.Webhooks).Flag("enabled", rule.Enabled);
}
