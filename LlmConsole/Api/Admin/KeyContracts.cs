using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Api.Admin;

/// <summary>What can be changed of a key.</summary>
internal record KeyChange : IBody<ApiKey>
{
    public Optional<string> Name { get; init; }

    /// <summary>From when on the key is refused with <c>key_expired</c>; null means never.</summary>
    public Optional<DateTimeOffset?> ExpiresAt { get; init; }

    /// <summary>Narrows the tier's models; empty or null means all that the tier allows.</summary>
    public Optional<IReadOnlyList<string?>> Models { get; init; }

    /// <summary>Lowers the tier's limit for this key; it can't raise it.</summary>
    public Optional<int?> RequestsPerMinute { get; init; }

    public Optional<int?> TokensPerMinute { get; init; }
    public Optional<int?> Concurrency { get; init; }
    public Optional<int?> MaxOutputTokens { get; init; }
    public Optional<int?> MaxPromptTokens { get; init; }

    /// <summary>Budgets of this key alone, beside the tenant's.</summary>
    public Optional<IReadOnlyList<QuotaBody?>> Quotas { get; init; }

    /// <summary>Addresses or CIDR ranges that may use the key; empty or null means from anywhere.</summary>
    public Optional<IReadOnlyList<string?>> IpAllow { get; init; }

    public virtual ApiKey ApplyTo(ApiKey item, Edit edit) => item with
    {
        Name = Name.Or(item.Name) ?? "",
        ExpiresAt = ExpiresAt.Or(item.ExpiresAt),
        Models = Models.IsSent ? Models.Value?.Texts() ?? [] : item.Models,
        Limits = new LimitsBody { RequestsPerMinute = RequestsPerMinute, TokensPerMinute = TokensPerMinute, Concurrency = Concurrency, MaxOutputTokens = MaxOutputTokens, MaxPromptTokens = MaxPromptTokens }.ApplyTo(item.Limits),
        Quotas = Quotas.IsSent ? QuotaBody.ToQuotas(Quotas.Value) : item.Quotas,
        IpAllow = IpAllow.IsSent ? IpAllow.Value?.Texts() ?? [] : item.IpAllow,
    };
}

/// <summary>A new key.</summary>
internal sealed record KeyBody : KeyChange
{
    /// <summary>The tenant's name or id; an admin key has none.</summary>
    public Optional<string> Tenant { get; init; }

    /// <summary><c>live</c> calls models for a tenant; <c>admin</c> uses this admin API, and only an owner may create one.</summary>
    public Optional<ApiKeyKind> Kind { get; init; }

    public override ApiKey ApplyTo(ApiKey item, Edit edit) =>
        base.ApplyTo(item, edit) with { TenantId = Tenant.Value is { } tenant ? edit.Snapshot.FindTenant(tenant)?.Id ?? "" : null };
}

/// <summary>How a key is rotated.</summary>
internal sealed record KeyRotate
{
    /// <summary>How long the old key still works, in seconds: 0 to 2,592,000 (30 days), 86,400 (a day) if it isn't sent.</summary>
    public Optional<int> OverlapSeconds { get; init; }

    public TimeSpan Overlap => TimeSpan.FromSeconds(OverlapSeconds.Or(86_400));
}

/// <summary>A key as it is answered. The key itself is never among it.</summary>
internal record KeyView
{
    public string Object { get; } = "key";
    public required string Id { get; init; }
    public required string Name { get; init; }
    public ApiKeyKind Kind { get; init; }

    /// <summary>The tenant's name.</summary>
    public string? Tenant { get; init; }
    public string? TenantId { get; init; }

    /// <summary>For display: the prefix and the last four characters.</summary>
    public required string Masked { get; init; }
    public required string LastFour { get; init; }
    public KeyStatus Status { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }
    public required IReadOnlyList<string> Models { get; init; }
    public int? RequestsPerMinute { get; init; }
    public int? TokensPerMinute { get; init; }
    public int? Concurrency { get; init; }
    public int? MaxOutputTokens { get; init; }
    public int? MaxPromptTokens { get; init; }
    public required IReadOnlyList<QuotaView> Quotas { get; init; }
    public required IReadOnlyList<string> IpAllow { get; init; }

    public static KeyView From(ApiKey key, ConfigurationSnapshot snapshot, DateTimeOffset now) => new()
    {
        Id = key.Id,
        Name = key.Name,
        Kind = key.Kind,
        Tenant = key.TenantId is { } tenant ? snapshot.Tenants.GetValueOrDefault(tenant)?.Name : null,
        TenantId = key.TenantId,
        Masked = key.Masked,
        LastFour = key.LastFour,
        Status = key.StatusAt(now),
        CreatedAt = key.CreatedAt,
        ExpiresAt = key.ExpiresAt,
        RevokedAt = key.RevokedAt,
        Models = key.Models,
        RequestsPerMinute = key.Limits.RequestsPerMinute,
        TokensPerMinute = key.Limits.TokensPerMinute,
        Concurrency = key.Limits.Concurrency,
        MaxOutputTokens = key.Limits.MaxOutputTokens,
        MaxPromptTokens = key.Limits.MaxPromptTokens,
        Quotas = QuotaView.From(key.Quotas),
        IpAllow = key.IpAllow,
    };
}

/// <summary>A key at its birth: the only time that it is shown.</summary>
internal sealed record IssuedKeyView : KeyView
{
    [SetsRequiredMembers]
    public IssuedKeyView(KeyView view, string key) : base(view) => Key = key;

    /// <summary>The key itself. Keep it now; it can't be shown again.</summary>
    [JsonPropertyOrder(1)]
    public string Key { get; }
}
