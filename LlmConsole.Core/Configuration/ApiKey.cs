using System.Text.Json.Serialization;

namespace LlmConsole.Core.Configuration;

/// <summary>An issued key. The key itself is shown once and never stored: what stays is its SHA-256, prefix and last four characters.</summary>
public sealed record ApiKey : IConfigured
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required ApiKeyKind Kind { get; init; }

    /// <summary>The tenant that the key calls for; an admin key has none.</summary>
    public string? TenantId { get; init; }

    /// <summary>SHA-256 of the whole key text.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWriting)]
    public required KeyHash Hash { get; init; }
    public required string LastFour { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>Narrows the tier's models; empty means all that the tier allows.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>Limits of this key alone. They lower what the tenant has and can't raise it.</summary>
    public LimitSet Limits { get; init; }

    /// <summary>Budgets of this key alone, beside the tenant's.</summary>
    public IReadOnlyList<Quota> Quotas { get; init; } = [];

    /// <summary>Addresses or CIDR ranges that may use the key; empty means from anywhere.</summary>
    public IReadOnlyList<string> IpAllow { get; init; } = [];

    /// <summary>For display: <c>llmc_live_…a1B2</c>.</summary>
    public string Masked => $"{KeyFormat.Prefix(Kind)}…{LastFour}";

    public KeyStatus StatusAt(DateTimeOffset now) =>
        RevokedAt <= now ? KeyStatus.Revoked : ExpiresAt <= now ? KeyStatus.Expired : KeyStatus.Active;
}

public enum ApiKeyKind
{
    Live,
    Admin,
}

public enum KeyStatus
{
    Active,
    Expired,
    Revoked,
}
