using LlmConsole.Authentication;

namespace LlmConsole.Hosting;

/// <summary>
/// What browsers are told about our pages: scripts, connections and pictures come from here alone, nobody puts a page into a frame, no address is
/// given to other sites. So that even markup that slipped through could run nothing and send nothing away.
/// </summary>
internal static class PageHeaders
{
    private const string Rest = "; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

    /// <summary>Styles may be inline, for MudBlazor sets sizes and places that way; scripts may not.</summary>
    public const string Policy = "default-src 'self'; script-src 'self'" + Rest;

    /// <summary>The API reference starts itself by an inline script. It shows nothing that anybody wrote or that is anybody's.</summary>
    public const string ReferencePolicy = "default-src 'self'; script-src 'self' 'unsafe-inline'" + Rest;

    public static void UsePageHeaders(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        // On starting, because what answers an error clears the headers first. The gateway's API answers no browser, and counts every allocation.
        if (!context.Request.IsGateway()) context.Response.OnStarting(static state => SendAsync((HttpContext)state), context);
        return next(context);
    });

    private static Task SendAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        if (context.Response.ContentType?.StartsWith("text/html", StringComparison.OrdinalIgnoreCase) == true)
            headers.ContentSecurityPolicy = context.Request.Path.Equals("/docs", StringComparison.OrdinalIgnoreCase) || context.Request.Path.Equals("/docs/", StringComparison.OrdinalIgnoreCase) ? ReferencePolicy : Policy;
        return Task.CompletedTask;
    }
}
