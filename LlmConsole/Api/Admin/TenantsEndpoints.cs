using LlmConsole.Core;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Api.Admin;

internal static class TenantsEndpoints
{
    private static readonly Resource<Tenant, TenantView> Tenants = new("tenant", "tenants", "tier", "status")
    {
        All = snapshot => snapshot.Tenants.Values,
        Find = References.FindTenant,
        View = (tenant, snapshot, _) => TenantView.From(tenant, snapshot),
        Matches = (tenant, query, snapshot, _) =>
            (query.Text("tier") is not { } tier || tenant.TierId == snapshot.FindTier(tier)?.Id)
            && (query.Choice<TenantStatus>("status") is not { } status || tenant.Status == status),
    };

    private static readonly ResourceDocs Docs = new(
        "Admin: tenants",
        "A tenant is a customer or team: the owner of keys, users, limits and books.",
        """{"name":"Acme","tier":"Team"}""",
        """{"status":"suspended","reason":"The invoice of October is open."}""",
        """{"object":"tenant","id":"ten_01kb2h8m5pn0q6w7t2z4y9x3ra","name":"Acme","tier":"Team","tierId":"tier_01kb2h7v3mf4ktsx5w0q8r6cna","status":"active","reason":null,"overrides":{"requestsPerMinute":null,"tokensPerMinute":null,"concurrency":null,"maxOutputTokens":null,"maxPromptTokens":null},"quotas":null,"cache":null,"bodies":{"retentionDays":7,"masks":["secrets","emails","cards"]},"createdAt":"2027-01-31T09:31:00Z"}""")
    {
        OnCreate = "Name and tier are needed; the tier is given by name or id.",
        OnDelete = "Refused with 409 while it has keys that are not revoked. Its revoked keys go with it; its usage records stay.",
    };

    public static void MapTenants(this RouteGroupBuilder admin) => admin.MapResource<Tenant, TenantBody, TenantView>(
        Tenants, Docs, time => new Tenant { Id = Ids.New("ten", time), Name = "", TierId = "", CreatedAt = time.GetUtcNow() });
}
