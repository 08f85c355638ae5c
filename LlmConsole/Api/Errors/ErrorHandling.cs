using LlmConsole.Components;
using LlmConsole.Core.Wire;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LlmConsole.Api.Errors;

/// <summary>Turns whatever goes wrong into an answer: the error body for API callers, a page for people.</summary>
internal static partial class ErrorHandling
{
    public static IServiceCollection AddErrorHandling(this IServiceCollection services) => services
        .AddSingleton<ApiRoutes>()
        .AddExceptionHandler<ExceptionAnswer>();

    /// <summary>Request ids, then answers to exceptions and to bare statuses. Comes before everything that can fail.</summary>
    public static IApplicationBuilder UseErrorHandling(this IApplicationBuilder app) => app
        .UseRequestIds()
        .UseExceptionHandler(_ => { })
        .Use(static (context, next) => context.GetEndpoint()?.Metadata.GetMetadata<CallersApi>() is null ? AnswerBareStatusAsync(context, next) : next(context));

    // Routing (404, 405, 415) and authorization (401, 403) set a status and no body; what the gateway's callers asked for answers with one.
    private static async Task AnswerBareStatusAsync(HttpContext context, RequestDelegate next)
    {
        await next(context);
        var response = context.Response;
        if (response.HasStarted || response.StatusCode < 400 || response.ContentLength is not null || !string.IsNullOrEmpty(response.ContentType)) return;
        if (!ApiRoutes.IsApiCall(context.Request)) await WritePageAsync(context);
        else if (RefusalOf(context) is { } refusal) await ErrorAnswer.WriteAsync(context, refusal);
    }

    private static RefusalException? RefusalOf(HttpContext context)
    {
        var status = context.Response.StatusCode;
        if (status is not (StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed)) return Refusals.OfStatus(status);

        var methods = context.RequestServices.GetRequiredService<ApiRoutes>().MethodsAt(context.Request.Path);
        if (methods.Count == 0 || methods.Contains(context.Request.Method))
        {
            context.Response.Headers.Remove("Allow");
            return Refusals.OfStatus(StatusCodes.Status404NotFound);
        }

        context.Response.Headers.Allow = string.Join(", ", methods);
        return Refusals.OfStatus(StatusCodes.Status405MethodNotAllowed);
    }

    private static async Task WritePageAsync(HttpContext context)
    {
        var accept = context.Request.Headers.Accept.ToString();
        if (!accept.Contains("text/html", StringComparison.OrdinalIgnoreCase) && !accept.Contains("*/*", StringComparison.Ordinal)) return;

        // Blazor's enhanced navigation would patch the error into the page that the link was on; without this header it loads it whole.
        context.Response.OnStarting(static state => Task.FromResult(((HttpContext)state).Response.Headers.Remove("blazor-enhanced-nav")), context);
        var status = context.Response.StatusCode;
        await new RazorComponentResult<ErrorPage>(new { Status = status, RequestId = context.RequestId() }) { StatusCode = status }.ExecuteAsync(context);
    }

    private sealed partial class ExceptionAnswer(ILogger<ExceptionAnswer> log) : IExceptionHandler
    {
        public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
        {
            RequestIds.Send(httpContext);
            var refusal = Refusals.Of(exception);
            if (refusal != exception && refusal.Error.Status >= StatusCodes.Status500InternalServerError) LogFailed(exception, httpContext.RequestId(), httpContext.Request.Method, httpContext.Request.Path);
            httpContext.Response.StatusCode = refusal.Error.Status;
            if (httpContext.RequestAborted.IsCancellationRequested) return true;
            if (ApiRoutes.IsApiCall(httpContext.Request)) await ErrorAnswer.WriteAsync(httpContext, refusal);
            else await WritePageAsync(httpContext);
            return true;
        }

        [LoggerMessage(LogLevel.Error, "Request {RequestId} failed: {Method} {Path}")]
        private partial void LogFailed(Exception exception, string requestId, string method, string path);
    }
}
