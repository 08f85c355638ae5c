namespace LlmConsole.Core.Configuration;

/// <summary>A customer or team: the owner of keys, users, limits, budgets and books.</summary>
public sealed record Tenant : IConfigured
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required string TierId { get; init; }
    public TenantStatus Status { get; init; }

    /// <summary>Shown to the tenant's callers while suspended.</summary>
    public string? StatusReason { get; init; }

    /// <summary>Replaces the tier's limits, one by one; what is missing is the tier's.</summary>
    public LimitSet Overrides { get; init; }

    /// <summary>Replaces the tier's budgets; none means the tier's.</summary>
    public IReadOnlyList<Quota>? Quotas { get; init; }

    /// <summary>Replaces the tier's cache policy; none means the tier's.</summary>
    public CachePolicy? Cache { get; init; }

    /// <summary>Whether what is asked and answered is kept; none means that it isn't.</summary>
    public BodyPolicy? Bodies { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}

public enum TenantStatus
{
    Active,
    Suspended,
}
