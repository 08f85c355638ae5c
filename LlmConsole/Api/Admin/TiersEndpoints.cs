using LlmConsole.Core;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Api.Admin;

internal static class TiersEndpoints
{
    private static readonly Resource<Tier, TierView> Tiers = new("tier", "tiers")
    {
        All = snapshot => snapshot.Tiers.Values,
        Find = References.FindTier,
        View = (tier, _, _) => TierView.From(tier),
    };

    private static readonly ResourceDocs Docs = new(
        "Admin: tiers",
        "A tier is a named set of limits and budgets that tenants subscribe to; a missing number means unlimited.",
        """{"name":"Team","requestsPerMinute":600,"tokensPerMinute":200000,"concurrency":20,"maxOutputTokens":4096,"quotas":[{"unit":"usd","period":"month","limit":50}],"models":["gpt-4o*","simulator/*"],"cache":{"exact":{"enabled":true,"ttlSeconds":3600},"semantic":{"enabled":false,"threshold":0.8}}}""",
        """{"requestsPerMinute":1200,"tokensPerMinute":null}""",
        """{"object":"tier","id":"tier_01kb2h7v3mf4ktsx5w0q8r6cna","name":"Team","requestsPerMinute":600,"tokensPerMinute":200000,"concurrency":20,"maxOutputTokens":4096,"maxPromptTokens":null,"quotas":[{"unit":"usd","period":"month","limit":50,"timeZone":"UTC","hard":true}],"models":["gpt-4o*","simulator/*"],"cache":{"exact":{"enabled":true,"ttlSeconds":3600},"semantic":{"enabled":false,"threshold":0.8,"shadow":false,"collectPairs":false,"embedder":"lexical"},"scope":"tenant","storeToolCalls":false},"timeouts":null,"createdAt":"2027-01-31T09:30:00Z"}""")
    {
        OnCreate = "Only name is needed.",
        OnDelete = "Refused with 409 while a tenant is on it.",
    };

    public static void MapTiers(this RouteGroupBuilder admin) => admin.MapResource<Tier, TierBody, TierView>(
        Tiers, Docs, time => new Tier { Id = Ids.New("tier", time), Name = "", CreatedAt = time.GetUtcNow() });
}
