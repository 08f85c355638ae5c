namespace LlmConsole.Authentication;

/// <summary>While there is no owner, every page leads to set-up. The APIs are not touched: they refuse by themselves.</summary>
internal sealed class SetupGate(RequestDelegate next, UserDirectory users)
{
    private static readonly PathString[] Pages = ["/admin", "/chat", "/account"];

    public async Task InvokeAsync(HttpContext context)
    {
        if (IsPage(context.Request) && !await users.HasOwnerAsync(context.RequestAborted)) context.Response.Redirect("/setup");
        else await next(context);
    }

    private static bool IsPage(HttpRequest request)
    {
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method)) return false;
        if (request.Path == "/") return true;
        return !request.IsAdminApi() && Array.Exists(Pages, page => request.Path.StartsWithSegments(page, StringComparison.OrdinalIgnoreCase));
    }
}
