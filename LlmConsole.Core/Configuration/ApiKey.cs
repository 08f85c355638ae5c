using System.Text.Json.Serialization;

namespace LlmConsole.Core.Configuration;

/// <summary>An issued key. The key itself is shown once and never stored: what stays is its SHA-256, prefix and last four characters.</summary>
public sealed record ApiKey : IConfigured
{
    private const char LineSeparator = '.';

    /// <summary>A key that replaces another bears the id of the first of their line before its own: <c>key_….…</c>.</summary>
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

    /// <summary>The id of the first key of the line: keys that were rotated into each other count against the same limits and budgets, so that no rotation begins them anew.</summary>
    [JsonIgnore]
    public string LineId => Id.IndexOf(LineSeparator) is > 0 and var end ? Id[..end] : Id;

    /// <summary>For display: <c>llmc_live_…a1B2</c>.</summary>
    public string Masked => $"{KeyFormat.Prefix(Kind)}…{LastFour}";

    public bool IsOfLine(string lineId) => Id.StartsWith(lineId, StringComparison.Ordinal) && (Id.Length == lineId.Length || Id[lineId.Length] == LineSeparator);

    /// <summary>The id of a key that replaces this one.</summary>
    /// <param name="fresh">An id of no line.</param>
    internal string Succeeded(string fresh) => $"{LineId}{LineSeparator}{fresh[(fresh.IndexOf('_', StringComparison.Ordinal) + 1)..]}";

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
