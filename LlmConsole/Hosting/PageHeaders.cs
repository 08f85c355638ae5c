using LlmConsole.Authentication;
using Scalar.AspNetCore;

namespace LlmConsole.Hosting;

/// <summary>
/// What browsers are told about our pages: scripts, connections and pictures come from here alone, nobody puts a page into a frame, no address is
/// given to other sites. So that even markup that slipped through could run nothing and send nothing away.
/// </summary>
internal static class PageHeaders
{
    private const string Scripts = "default-src 'self'; script-src 'self'";
    private const string Rest = "; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

    /// <summary>Styles may be inline, for MudBlazor sets sizes and places that way; scripts may not.</summary>
    public const string Policy = Scripts + Rest;

    /// <summary>What an answer says that it is, it is, on the gateway's API as well.</summary>
    public const string NoSniffing = "nosniff";

    public static void UsePageHeaders(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        // On starting, because what answers an error clears the headers first. The gateway's API answers no browser, and counts every allocation: what it says of errors bears the header by itself.
        if (context.Request.IsGateway()) context.Response.Headers.XContentTypeOptions = NoSniffing;
        else context.Response.OnStarting(static state => SendAsync((HttpContext)state), context);
        return next(context);
    });

    private static Task SendAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = NoSniffing;
        headers["Referrer-Policy"] = "same-origin";
        if (context.Response.ContentType?.StartsWith("text/html", StringComparison.OrdinalIgnoreCase) == true)
            headers.ContentSecurityPolicy = PolicyOf(context);
        return Task.CompletedTask;
    }

    /// <summary>The API reference starts itself by a script within the page, which bears a number that is good for this one answer.</summary>
    private static string PolicyOf(HttpContext context) => context.Items.TryGetValue(ScalarOptions.NonceHttpContextItemKey, out var nonce) ? $"{Scripts} 'nonce-{nonce}'{Rest}" : Policy;
}
