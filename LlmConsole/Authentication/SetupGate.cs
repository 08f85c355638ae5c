namespace LlmConsole.Authentication;

/// <summary>While there is no owner, every page leads to set-up. The APIs are not touched: they refuse by themselves.</summary>
internal sealed class SetupGate(RequestDelegate next, UserDirectory users)
{
    private static readonly PathString[] Pages = ["/admin", "/chat", "/account"];

    public Task InvokeAsync(HttpContext context) => IsPage(context.Request) ? GuardAsync(context) : next(context);

    private async Task GuardAsync(HttpContext context)
    {
        if (await users.HasOwnerAsync(context.RequestAborted)) await next(context);
        else context.Response.Redirect("/setup");
    }

    private static bool IsPage(HttpRequest request)
    {
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method)) return false;
        if (request.Path == "/") return true;
        return !request.IsAdminApi() && Array.Exists(Pages, page => request.Path.StartsWithSegments(page, StringComparison.OrdinalIgnoreCase));
    }
}
