using LlmConsole.Authentication;

namespace LlmConsole.Api.Admin;

/// <summary>Everything that an administrator edits or reads, as REST under <c>/admin/v1</c>.</summary>
internal static class AdminApi
{
    public static IServiceCollection AddAdminApi(this IServiceCollection services) => services
        .AddSingleton<Resources>()
        .ConfigureHttpJsonOptions(json => AdminJson.Configure(json.SerializerOptions));

    public static void MapAdminApi(this IEndpointRouteBuilder app)
    {
        // Reading needs View; each operation that writes adds Edit.
        var admin = app.MapGroup("/admin/v1").RequireAuthorization(Access.View).DisableAntiforgery();
        admin.MapTiers();
        admin.MapTenants();
        admin.MapKeys();
        admin.MapUserLimits();
        admin.MapProviders();
        admin.MapModels();
        admin.MapTargets();
        admin.MapDrills();
        admin.MapPriceSuggestions();
        admin.MapUsers();
        admin.MapWebhooks();
        admin.MapAlerts();
        admin.MapRequests();
        admin.MapViews();
        admin.MapBodies();
        admin.MapUsage();
        admin.MapJobs();
        admin.MapCache();
        admin.MapCacheEntries();
        admin.MapCachePairs();
        admin.MapAudit();
    }

    /// <summary>The elements as text; what stands as null is judged as an empty name.</summary>
    public static IReadOnlyList<string> Texts(this IReadOnlyList<string?> values) => [.. values.Select(value => value ?? "")];
}
