using LlmConsole.Core;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Api.Admin;

internal static class UserLimitsEndpoints
{
    private static readonly Resource<UserLimit, UserLimitView> UserLimits = new("user limit", "user-limits", "tenant")
    {
        All = snapshot => snapshot.UserLimits.Values,
        Find = (snapshot, id) => snapshot.UserLimits.GetValueOrDefault(id),
        View = (limit, snapshot, _) => UserLimitView.From(limit, snapshot),
        Matches = (limit, query, snapshot, _) => query.Text("tenant") is not { } tenant || limit.TenantId == snapshot.FindTenant(tenant)?.Id,
    };

    private static readonly ResourceDocs Docs = new(
        "Admin: user limits",
        "Limits and budgets of one user of a tenant, or of each user when user is *. A user is a person who signs in here (by id) or the subject of a JWT. They only lower what the tenant has.",
        """{"tenant":"Acme","user":"*","limits":{"requestsPerMinute":20},"quotas":[{"unit":"usd","period":"month","limit":5}]}""",
        """{"limits":{"requestsPerMinute":40}}""",
        """{"object":"user_limit","id":"ulim_01kb2hd5rk7zq3w8n4c6t9vxpe","tenant":"Acme","tenantId":"ten_01kb2h8m5pn0q6w7t2z4y9x3ra","user":"*","limits":{"requestsPerMinute":20,"tokensPerMinute":null,"concurrency":null,"maxOutputTokens":null,"maxPromptTokens":null},"quotas":[{"unit":"usd","period":"month","limit":5,"timeZone":"UTC","hard":true}],"createdAt":"2027-01-31T09:35:00Z"}""")
    {
        OnCreate = "Tenant and user are needed.",
        OnDelete = "The user has the tenant's limits alone from now on.",
    };

    public static void MapUserLimits(this RouteGroupBuilder admin) => admin.MapResource<UserLimit, UserLimitBody, UserLimitView>(
        UserLimits, Docs, time => new UserLimit { Id = Ids.New("ulim", time), TenantId = "", UserId = "", CreatedAt = time.GetUtcNow() });
}

/// <summary>Limits of a user as they are sent.</summary>
internal sealed record UserLimitBody : IBody<UserLimit>
{
    /// <summary>The tenant's name or id.</summary>
    public Optional<string> Tenant { get; init; }

    /// <summary>A user's id, a JWT's subject, or <c>*</c> for each user of the tenant.</summary>
    public Optional<string> User { get; init; }
    public Optional<LimitsBody> Limits { get; init; }

    /// <summary>Budgets of the user alone, beside the tenant's.</summary>
    public Optional<IReadOnlyList<QuotaBody?>> Quotas { get; init; }

    public UserLimit ApplyTo(UserLimit item, Edit edit) => item with
    {
        TenantId = Tenant.IsSent ? edit.Snapshot.FindTenant(Tenant.Value)?.Id ?? "" : item.TenantId,
        UserId = User.Or(item.UserId) ?? "",
        Limits = Limits.IsSent ? Limits.Value?.ApplyTo(item.Limits) ?? default : item.Limits,
        Quotas = Quotas.IsSent ? QuotaBody.ToQuotas(Quotas.Value) : item.Quotas,
    };
}

/// <summary>Limits of a user as they are answered.</summary>
internal sealed record UserLimitView
{
    public string Object { get; } = "user_limit";
    public required string Id { get; init; }

    /// <summary>The tenant's name.</summary>
    public required string Tenant { get; init; }
    public required string TenantId { get; init; }
    public required string User { get; init; }
    public LimitSet Limits { get; init; }
    public required IReadOnlyList<QuotaView> Quotas { get; init; }
    public DateTimeOffset CreatedAt { get; init; }

    public static UserLimitView From(UserLimit limit, ConfigurationSnapshot snapshot) => new()
    {
        Id = limit.Id,
        Tenant = snapshot.Tenants[limit.TenantId].Name,
        TenantId = limit.TenantId,
        User = limit.UserId,
        Limits = limit.Limits,
        Quotas = QuotaView.From(limit.Quotas),
        CreatedAt = limit.CreatedAt,
    };
}
