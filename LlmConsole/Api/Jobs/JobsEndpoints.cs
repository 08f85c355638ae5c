using LlmConsole.Api.Admin;
using LlmConsole.Authentication;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Jobs;
using LlmConsole.Core.Wire;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LlmConsole.Api.Jobs;

/// <summary>Background jobs of the caller's tenant. To others they don't exist.</summary>
internal static class JobsEndpoints
{
    public static void AddJobsApi(this IServiceCollection services) => services.AddSingleton<JobSubmissions>().AddSingleton<JobResults>();

    public static void MapJobsApi(this IEndpointRouteBuilder app)
    {
        app.MapPost("/v1/jobs", SubmitAsync).AsCallersApi("createJob");
        app.MapGet("/v1/jobs", ListAsync).AsCallersApi("listJobs");
        app.MapGet("/v1/jobs/{id}", FindAsync).AsCallersApi("retrieveJob");
        app.MapGet("/v1/jobs/{id}/results", ResultsAsync).AsCallersApi("listJobResults");
        app.MapPost("/v1/jobs/{id}/retry", RetryAsync).AsCallersApi("retryJob");
        app.MapDelete("/v1/jobs/{id}", CancelAsync).AsCallersApi("cancelJob");
    }

    private static async Task<IResult> SubmitAsync(HttpContext context, CallerResolver callers, JobSubmissions submissions, TimeProvider time)
    {
        var caller = await callers.ResolveAsync(context, context.RequestAborted);
        if (JobQuery.IsDryRun(context.Request)) return TypedResults.Json(await submissions.EstimateAsync(context.Request, caller, isOwned: false, context.RequestAborted), JobJson.Options);
        var (job, isReplay) = await submissions.AcceptAsync(context.Request, caller, isOwned: false, context.RequestAborted);
        if (isReplay) context.Response.Headers["x-llmconsole-idempotent-replay"] = "true";
        context.Response.Headers.Location = $"{context.Request.PathBase}/v1/jobs/{job.Id}";
        return TypedResults.Json(JobView.From(job, time.GetUtcNow()), JobJson.Options, statusCode: StatusCodes.Status202Accepted);
    }

    private static async Task<JsonHttpResult<Page<JobView>>> ListAsync(HttpContext context, CallerResolver callers, JobStore jobs, TimeProvider time)
    {
        var caller = await callers.ResolveAsync(context, context.RequestAborted);
        var query = new Query(context.Request, "status");
        var state = query.Choice<JobState>("status");
        var rows = await jobs.ListAsync(caller.Tenant.Id, state, query.After, query.Limit + 1, context.RequestAborted);
        var next = rows.Count > query.Limit ? rows[query.Limit - 1].Id : null;
        return TypedResults.Json(new Page<JobView>([.. rows.Take(query.Limit).Select(job => JobView.From(job, time.GetUtcNow()))], next), JobJson.Options);
    }

    private static async Task<JsonHttpResult<JobView>> FindAsync(HttpContext context, string id, CallerResolver callers, JobStore jobs, TimeProvider time) =>
        Json(await OwnAsync(context, id, callers, jobs), time);

    private static async Task ResultsAsync(HttpContext context, string id, CallerResolver callers, JobStore jobs, JobResults results)
    {
        var job = await OwnAsync(context, id, callers, jobs);
        await results.WriteAsync(context, job, new Query(context.Request, "follow"));
    }

    private static async Task<JsonHttpResult<JobView>> RetryAsync(HttpContext context, string id, CallerResolver callers, JobStore jobs, TimeProvider time)
    {
        var job = await OwnAsync(context, id, callers, jobs);
        if (!await jobs.RetryAsync(job, context.RequestAborted))
            throw new RefusalException(ErrorCode.Conflict, "Only a job that is over and has requests without an answer can be retried. GET it to see where it stands.");
        return Json((await jobs.FindAsync(job.TenantId, id, context.RequestAborted))!, time);
    }

    private static async Task<JsonHttpResult<JobView>> CancelAsync(HttpContext context, string id, CallerResolver callers, JobStore jobs, TimeProvider time)
    {
        var job = await OwnAsync(context, id, callers, jobs);
        return Json((await jobs.CancelAsync(job.TenantId, id, context.RequestAborted))!, time);
    }

    private static async Task<Job> OwnAsync(HttpContext context, string id, CallerResolver callers, JobStore jobs)
    {
        Caller caller = await callers.ResolveAsync(context, context.RequestAborted);
        return await jobs.FindAsync(caller.Tenant.Id, id, context.RequestAborted)
            ?? throw new RefusalException(ErrorCode.NotFound, $"There is no job {id}. GET /v1/jobs lists those of your tenant.", "id");
    }

    private static JsonHttpResult<JobView> Json(Job job, TimeProvider time) => TypedResults.Json(JobView.From(job, time.GetUtcNow()), JobJson.Options);
}
