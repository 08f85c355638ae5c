using LlmConsole.Api.Errors;
using Microsoft.AspNetCore.Identity;

namespace LlmConsole.Authentication;

/// <summary>
/// Keeps other sites from using a visitor's session: with a cookie, what changes something on the admin API, and every connection to a hub or a circuit, must come from our own pages.
/// Browsers send Sec-Fetch-Site or Origin with every such request, and pages can't forge them. Keys aren't sent by browsers on their own and need no guard.
/// </summary>
internal static class SameOriginGuard
{
    public static Task InvokeAsync(HttpContext context, RequestDelegate next) =>
        (ChangesSomething(context.Request) || Connects(context.Request)) && IsSession(context) && !IsSameOrigin(context.Request)
            ? ErrorAnswer.WriteAsync(context, AccessRefusals.OtherOrigin)
            : next(context);

    internal static bool IsSameOrigin(HttpRequest request)
    {
        string? site = request.Headers["Sec-Fetch-Site"];
        if (!string.IsNullOrEmpty(site)) return site == "same-origin";

        // Only host and port: behind a proxy that ends TLS, the scheme that we see is not the browser's.
        return Uri.TryCreate(request.Headers.Origin, UriKind.Absolute, out var origin)
            && string.Equals(origin.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase);
    }

    private static bool ChangesSomething(HttpRequest request) => request.IsAdminApi() && IsUnsafe(request.Method);

    /// <summary>Whoever opens a WebSocket names its origin, unless it is no browser: then nobody was led there.</summary>
    private static bool Connects(HttpRequest request) =>
        (request.Path.StartsWithSegments("/hubs", StringComparison.OrdinalIgnoreCase) || request.Path.StartsWithSegments("/_blazor", StringComparison.OrdinalIgnoreCase))
        && (request.Headers.Origin.Count > 0 || request.Headers.ContainsKey("Sec-Fetch-Site"));

    private static bool IsUnsafe(string method) => !HttpMethods.IsGet(method) && !HttpMethods.IsHead(method) && !HttpMethods.IsOptions(method);

    private static bool IsSession(HttpContext context) => context.User.Identity is { IsAuthenticated: true, AuthenticationType: var type } && type == IdentityConstants.ApplicationScheme;
}
