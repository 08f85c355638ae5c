using Microsoft.AspNetCore.Routing.Template;

namespace LlmConsole.Api.Errors;

/// <summary>Which requests are API calls, and which methods their paths take.</summary>
internal sealed class ApiRoutes(EndpointDataSource endpoints)
{
    /// <summary>Whether the caller is a program that expects the error body, not a page.</summary>
    public static bool IsApiCall(HttpRequest request) =>
        IsApiPath(request.Path, request.Method);

    /// <summary>Whether a route belongs to the API; its pattern may begin with a slash or not.</summary>
    public static bool IsApiRoute(string? pattern, string? method) => IsApiPath("/" + pattern?.TrimStart('/'), method);

    /// <summary>
    /// The methods that API endpoints take at this path, sorted; none when the path is unknown. Routing's own answer can't be used: catch-all
    /// routes of pages and static files make an unknown path look like one that takes GET.
    /// </summary>
    public IReadOnlyList<string> MethodsAt(PathString path) =>
    [
        .. endpoints.Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => IsApiRoute(endpoint.RoutePattern.RawText, HttpMethods.Post))
            .Where(endpoint => new TemplateMatcher(new RouteTemplate(endpoint.RoutePattern), []).TryMatch(path, []))
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [])
            .Distinct().Order(StringComparer.Ordinal),
    ];

    private static bool IsApiPath(PathString path, string? method) =>
        path.StartsWithSegments("/v1")
        || path.StartsWithSegments("/admin/v1")
        || (method == HttpMethods.Post && path.Equals("/chat", StringComparison.OrdinalIgnoreCase));
}
