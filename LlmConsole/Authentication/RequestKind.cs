namespace LlmConsole.Authentication;

/// <summary>Which rules of access a request falls under, by its path.</summary>
internal static class RequestKind
{
    /// <summary>The gateway's API: the caller is found by <see cref="CallerResolver"/>, without cookies.</summary>
    public static bool IsGateway(this HttpRequest request) =>
        request.Path.StartsWithSegments("/v1", StringComparison.OrdinalIgnoreCase)
        || (HttpMethods.IsPost(request.Method) && request.Path.Equals("/chat", StringComparison.OrdinalIgnoreCase));

    /// <summary>The admin API and hubs: open to a session's cookie and to admin keys; refusals are JSON, never redirects.</summary>
    public static bool IsAdminApi(this HttpRequest request) =>
        request.Path.StartsWithSegments("/admin/v1", StringComparison.OrdinalIgnoreCase) || request.Path.StartsWithSegments("/hubs", StringComparison.OrdinalIgnoreCase);
}
