namespace LlmConsole.Core.Configuration;

/// <summary>Limits of one user of a tenant, or of each of them. They only lower what the tenant has.</summary>
public sealed record UserLimit : IConfigured
{
    /// <summary>As <see cref="UserId"/>: every user of the tenant has these limits of their own.</summary>
    public const string EachUser = "*";

    public required string Id { get; init; }
    public required string TenantId { get; init; }

    /// <summary>A user's id here, the subject of a JWT, or <see cref="EachUser"/>.</summary>
    public required string UserId { get; init; }
    public LimitSet Limits { get; init; }
    public IReadOnlyList<Quota> Quotas { get; init; } = [];
    public DateTimeOffset CreatedAt { get; init; }

    public string Name => UserId;
}
