using LlmConsole.Core.Configuration;

namespace LlmConsole.Api.Admin;

/// <summary>A tenant as it is sent.</summary>
internal sealed record TenantBody : IBody<Tenant>
{
    public Optional<string> Name { get; init; }

    /// <summary>The tier's name or id.</summary>
    public Optional<string> Tier { get; init; }

    /// <summary>A suspended tenant's calls are refused with <c>tenant_suspended</c>.</summary>
    public Optional<TenantStatus> Status { get; init; }

    /// <summary>Why it is suspended; its callers are told.</summary>
    public Optional<string> Reason { get; init; }

    /// <summary>Replaces the tier's limits, one by one; a null one is the tier's again, and null for all of them takes every override away.</summary>
    public Optional<LimitsBody> Overrides { get; init; }

    /// <summary>Replaces the tier's budgets; null means the tier's.</summary>
    public Optional<IReadOnlyList<QuotaBody?>> Quotas { get; init; }

    /// <summary>Replaces the tier's cache policy, beginning with what the tier says now; null means the tier's again.</summary>
    public Optional<CacheBody> Cache { get; init; }

    /// <summary>Keeps what is asked and answered; null keeps nothing, which is what holds unless it is sent.</summary>
    public Optional<BodiesBody> Bodies { get; init; }

    public Tenant ApplyTo(Tenant item, Edit edit)
    {
        var status = Status.Or(item.Status);
        var tierId = Tier.IsSent ? edit.Snapshot.FindTier(Tier.Value)?.Id ?? "" : item.TierId;
        return item with
        {
            Name = Name.Or(item.Name) ?? "",
            TierId = tierId,
            Status = status,
            Overrides = Overrides.IsSent ? Overrides.Value?.ApplyTo(item.Overrides) ?? default : item.Overrides,
            Quotas = !Quotas.IsSent ? item.Quotas : Quotas.Value is { } quotas ? QuotaBody.ToQuotas(quotas) : null,
            Cache = Cache.IsSent ? Cache.Value?.ApplyTo(item.Cache ?? edit.Snapshot.Tiers.GetValueOrDefault(tierId)?.Cache ?? CachePolicy.Off) : item.Cache,
            Bodies = Bodies.IsSent ? Bodies.Value?.ApplyTo(item.Bodies ?? new BodyPolicy()) : item.Bodies,
            StatusReason = status == TenantStatus.Active ? null : Reason.Or(item.StatusReason),
        };
    }
}

/// <summary>A tenant as it is answered.</summary>
internal sealed record TenantView
{
    public string Object { get; } = "tenant";
    public required string Id { get; init; }
    public required string Name { get; init; }

    /// <summary>The tier's name.</summary>
    public required string Tier { get; init; }
    public required string TierId { get; init; }
    public TenantStatus Status { get; init; }
    public string? Reason { get; init; }
    public LimitSet Overrides { get; init; }

    /// <summary>The tenant's own budgets; null when it has the tier's.</summary>
    public IReadOnlyList<QuotaView>? Quotas { get; init; }

    /// <summary>The tenant's own cache policy; null when it has the tier's.</summary>
    public CacheView? Cache { get; init; }

    /// <summary>How what is asked and answered is kept; null when it isn't.</summary>
    public BodiesView? Bodies { get; init; }
    public DateTimeOffset CreatedAt { get; init; }

    public static TenantView From(Tenant tenant, ConfigurationSnapshot snapshot) => new()
    {
        Id = tenant.Id,
        Name = tenant.Name,
        Tier = snapshot.Tiers[tenant.TierId].Name,
        TierId = tenant.TierId,
        Status = tenant.Status,
        Reason = tenant.StatusReason,
        Overrides = tenant.Overrides,
        Quotas = tenant.Quotas is { } quotas ? QuotaView.From(quotas) : null,
        Cache = tenant.Cache is { } cache ? CacheView.From(cache) : null,
        Bodies = tenant.Bodies is { } bodies ? new BodiesView(bodies.RetentionDays, bodies.Masks) : null,
        CreatedAt = tenant.CreatedAt,
    };
}
