using System.Text.Json.Serialization;
using LlmConsole.Api.Admin;
using LlmConsole.Authentication;
using LlmConsole.Core.Chat;
using LlmConsole.Core.Wire;

namespace LlmConsole.Api;

/// <summary>Where a caller says that the cache gave it a wrong answer.</summary>
internal static class CacheReports
{
    public static void MapCacheReports(this IEndpointRouteBuilder app) => app.MapPost("/v1/cache/reports", ReportAsync).AsCallersApi("reportCacheHit");

    private static async Task<CacheReportResult> ReportAsync(HttpContext context, CallerResolver callers, WrongHits reports)
    {
        var caller = await callers.ResolveAsync(context, context.RequestAborted);
        var report = await Body<CacheReport>.ReadAsync(context);
        if (report.RequestId is not { Length: > 0 } id) throw new RefusalException(ErrorCode.InvalidValue, "request_id is missing. Give the x-request-id of the answer.", "request_id");
        return new CacheReportResult("cache_report", id, await reports.ReportAsync(id, caller, context.RequestAborted));
    }
}

/// <summary>A report of a wrong answer.</summary>
internal sealed record CacheReport([property: JsonPropertyName("request_id")] string? RequestId);

/// <summary>What became of it.</summary>
/// <param name="Evicted">False when the answer was gone already.</param>
internal sealed record CacheReportResult(string Object, [property: JsonPropertyName("request_id")] string RequestId, bool Evicted);
