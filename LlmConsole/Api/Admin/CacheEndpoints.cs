using LlmConsole.Authentication;
using LlmConsole.Core.Caching;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LlmConsole.Api.Admin;

/// <summary>Emptying the cache of answers.</summary>
internal static class CacheEndpoints
{
    private static readonly string[] Filters = ["tenant", "model"];

    public static void MapCache(this RouteGroupBuilder admin) => admin.MapDelete("cache", PurgeAsync).RequireAuthorization(Access.Edit).WithMetadata(new OperationDoc(
        "purge-cache", "Purge the cache",
        "Puts every kept answer out of reach, at once and on all instances: those of one tenant (by name or id), those to one model (by its public name), or, without either, all. Answers under way when it is purged are not kept. The audit log has a line for it.")
    {
        Tag = "Admin: cache", Filters = Filters,
    });

    private static async Task<NoContent> PurgeAsync(HttpContext context, CachePurge purge, ConfigurationStore store)
    {
        var query = new Query(context.Request, Filters);
        if (query.Text("tenant") is not null && query.Text("model") is not null) throw new RefusalException(ErrorCode.InvalidValue, "Purge by tenant or by model, not both at once.", "model");
        await purge.RunAsync(Resources.Actor(context), TenantOf(query, store.Current), query.Text("model"), context.RequestAborted);
        return TypedResults.NoContent();
    }

    /// <summary>The tenant that is named by its name or id; none where none is.</summary>
    internal static Tenant? TenantOf(Query query, ConfigurationSnapshot snapshot) => query.Text("tenant") is not { } named ? null
        : snapshot.FindTenant(named) ?? throw new RefusalException(ErrorCode.NotFound, $"There is no tenant {named}. GET /admin/v1/tenants lists those that exist.", "tenant");
}
