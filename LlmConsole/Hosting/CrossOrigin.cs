using LlmConsole.Authentication;

namespace LlmConsole.Hosting;

/// <summary>Lets pages of the configured origins call the gateway's API from a browser. Cookies never count there, so a page can do no more than its token allows.</summary>
internal static class CrossOrigin
{
    private static readonly TimeSpan PreflightLifetime = TimeSpan.FromHours(1);

    private static readonly string[] Readable =
    [
        "x-request-id", "x-llmconsole-model", "x-llmconsole-cache", "x-llmconsole-cost", "x-llmconsole-attempts", "Retry-After", "RateLimit", "RateLimit-Policy",
        "x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests", "x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens",
    ];

    public static void UseCrossOrigin(this IApplicationBuilder app, Settings settings)
    {
        if (settings.Origins.Count == 0) return;
        app.UseWhen(context => context.Request.IsGateway() || IsPreflight(context.Request), gateway => gateway.UseCors(policy => policy
            .WithOrigins([.. settings.Origins]).WithMethods("GET", "POST", "DELETE").AllowAnyHeader().WithExposedHeaders(Readable).SetPreflightMaxAge(PreflightLifetime)));
    }

    /// <summary>A browser asks whether it may, for the simple form too, which is told from the page at its path by the method.</summary>
    private static bool IsPreflight(HttpRequest request) => HttpMethods.IsOptions(request.Method) && request.Path.Equals("/chat", StringComparison.OrdinalIgnoreCase);
}
