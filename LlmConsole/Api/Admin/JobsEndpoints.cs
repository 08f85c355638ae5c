using System.Globalization;
using LlmConsole.Api.Jobs;
using LlmConsole.Authentication;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Jobs;
using LlmConsole.Core.Wire;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LlmConsole.Api.Admin;

/// <summary>The background jobs of all tenants.</summary>
internal static class JobsEndpoints
{
    private const string Tag = "Admin: jobs";
    private const string About = "A job is work that a caller left with the gateway over POST /v1/jobs.";
    private const string Example =
        """{"object":"job","id":"job_01kb2hd9r4t6y8v0b3n5m7q1xc","status":"running","type":"batch","pipeline":null,"tenant":"Acme","tenantId":"ten_01kb2h8m5pn0q6w7t2z4y9x3ra","key":"Web shop","keyId":"key_01kb2h9a7qd3s5v8x1c4b6n0me","task":"nightly","total":1200,"succeeded":340,"failed":2,"cost":0.0123,"spendLimit":5,"estimate":{"requests":1200,"promptTokens":54000,"maxOutputTokens":614400,"promptCost":0.0081,"maxCost":0.376,"unpricedRequests":0},"createdAt":"2027-01-31T09:35:00Z","startedAt":"2027-01-31T09:35:01Z","endedAt":null,"expiresAt":"2027-02-01T09:35:00Z","resumesAt":null,"etaSeconds":95,"error":null}""";

    private static readonly string[] Filters = ["tenant", "status"];

    public static void MapJobs(this RouteGroupBuilder admin)
    {
        admin.MapGet("jobs", ListAsync).WithMetadata(new OperationDoc("list-jobs", "List jobs", $"{About} Newest first. A tenant is given by name or id.")
        {
            Tag = Tag, IsList = true, Filters = Filters, Response = $$"""{"object":"list","data":[{{Example}}],"has_more":false,"next":null}""",
        });
        admin.MapGet("jobs/counts", CountsAsync).WithMetadata(new OperationDoc("count-jobs", "Count jobs by state", "Of one tenant, or of all.")
        {
            Tag = Tag, Filters = ["tenant"], Response = """{"object":"job-counts","queued":2,"running":1,"succeeded":340,"failed":3,"cancelled":0,"expired":0}""",
        });
        admin.MapGet("jobs/{id}", GetAsync).WithMetadata(new OperationDoc("get-job", "Get one job", About) { Tag = Tag, Response = Example });
        admin.MapGet("jobs/{id}/items", ItemsAsync).WithMetadata(new OperationDoc("list-job-items", "List the requests of a job", "In their order, without their texts. parent, the id of a pipeline's document, lists the steps of that document instead.")
        {
            Tag = Tag, IsList = true, Filters = ["status", "parent"],
            Response = """{"object":"list","data":[{"object":"job-item","id":"0","customId":"first","status":"succeeded","attempts":1,"cost":0.000012,"endedAt":"2027-01-31T09:35:04Z","requestId":"job_01kb2hd9r4t6y8v0b3n5m7q1xc_0_1","error":null}],"has_more":false,"next":null}""",
        });
        admin.MapGet("jobs/{id}/results", ResultsAsync).RequireAuthorization(Access.Edit).WithMetadata(new OperationDoc("list-job-results", "Download the results of a job", "Lines of JSON as GET /v1/jobs/{id}/results sends them. Answers are the tenant's: the audit log has a line for it.")
        {
            Tag = Tag, Response = """ "{\"custom_id\":\"first\",\"status\":\"succeeded\",\"body\":{\"object\":\"chat.completion\"},\"cost_usd\":0.000012,\"seq\":1}\n" """,
        }).Produces<string>(contentType: "application/jsonl");
        MapWrites(admin);
    }

    private static void MapWrites(RouteGroupBuilder admin)
    {
        admin.MapPost("jobs", SubmitAsync).RequireAuthorization(Access.Edit).WithMetadata(new OperationDoc(
            "submit-job", "Submit a job for a tenant", "The body of POST /v1/jobs, JSON or lines. The query string says whose job it is: tenant by name or id, and key by id if the limits of a key shall count too. With dryRun=true it is only checked and estimated. The audit log has a line for it.")
        {
            Tag = Tag, Response = Example,
        }).Produces<AdminJobView>(StatusCodes.Status202Accepted);
        admin.MapDelete("jobs/{id}", (string id, JobBoard board, JobDesk desk, ConfigurationStore store, TimeProvider time, HttpContext context) => ActOnOneAsync(JobAct.Cancel, id, board, desk, store, time, context))
            .RequireAuthorization(Access.Edit).WithMetadata(new OperationDoc("cancel-job", "Cancel a job", "At once: calls under way are broken off. What was answered stays. Refused with 409 when it is over.") { Tag = Tag, Response = Example });
        admin.MapPost("jobs/{id}/retry", (string id, JobBoard board, JobDesk desk, ConfigurationStore store, TimeProvider time, HttpContext context) => ActOnOneAsync(JobAct.Retry, id, board, desk, store, time, context))
            .RequireAuthorization(Access.Edit).WithMetadata(new OperationDoc("retry-job", "Make the requests of a job without an answer again", "Refused with 409 while it runs, and when everything was answered.") { Tag = Tag, Response = Example });
        foreach (var act in Enum.GetValues<JobAct>())
        {
            var verb = act.ToString().ToLowerInvariant();
            admin.MapPost($"jobs/{verb}", (Body<JobActBody> body, JobDesk desk, ConfigurationStore store, HttpContext context) => ActAsync(act, body.Value, desk, store, context)).RequireAuthorization(Access.Edit).WithMetadata(new OperationDoc(
                $"{verb}-jobs", $"{act} many jobs", $"Those of a list of ids, or the newest {JobDesk.MostAtOnce:N0} that a status and a tenant leave. Jobs with which it can't be done are left out. The audit log has a line for it.")
            {
                Tag = Tag, Request = """{"status":"failed","tenant":"Acme"}""", Response = """{"object":"job-act","changed":12,"has_more":false}""",
            });
        }
    }

    private static async Task<Ok<Page<AdminJobView>>> ListAsync(HttpRequest request, JobBoard board, ConfigurationStore store, TimeProvider time, CancellationToken cancellation)
    {
        var query = new Query(request, Filters);
        var page = await board.PageAsync(new JobFilter { TenantId = TenantId(query.Text("tenant"), store), State = query.Choice<JobState>("status") }, query.Limit, query.After, cancellation);
        return TypedResults.Ok(new Page<AdminJobView>([.. page.Jobs.Select(job => AdminJobView.From(job, store.Current, time.GetUtcNow()))], page.Next));
    }

    private static async Task<Ok<JobCountsView>> CountsAsync(HttpRequest request, JobBoard board, ConfigurationStore store, CancellationToken cancellation) =>
        TypedResults.Ok(JobCountsView.From(await board.CountsAsync(TenantId(new Query(request, "tenant").Text("tenant"), store), cancellation)));

    private static async Task<Ok<AdminJobView>> GetAsync(string id, JobBoard board, ConfigurationStore store, TimeProvider time, CancellationToken cancellation) =>
        TypedResults.Ok(AdminJobView.From(await RequireAsync(board, id, cancellation), store.Current, time.GetUtcNow()));

    private static async Task<Ok<Page<JobItemView>>> ItemsAsync(HttpRequest request, string id, JobBoard board, CancellationToken cancellation)
    {
        var query = new Query(request, "status", "parent");
        var job = await RequireAsync(board, id, cancellation);
        var page = await board.ItemsAsync(job.Id, query.Choice<JobItemState>("status"), query.Read("parent", Place, "the id of an item"), query.Read("after", Place, "the next of the page before") ?? -1, query.Limit, cancellation);
        return TypedResults.Ok(new Page<JobItemView>([.. page.Items.Select(item => JobItemView.From(item, job))], page.Next?.ToString(CultureInfo.InvariantCulture)));
    }

    private static async Task ResultsAsync(HttpContext context, string id, JobBoard board, JobDesk desk, JobResults results)
    {
        var job = await RequireAsync(board, id, context.RequestAborted);
        await desk.NoteReadingAsync(Resources.Actor(context), job, "results", context.RequestAborted);
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{job.Id}.jsonl\"";
        await results.WriteAsync(context, job, new Query(context.Request, "follow"));
    }

    private static async Task<IResult> SubmitAsync(HttpContext context, JobSubmissions submissions, JobDesk desk, ConfigurationStore store, TimeProvider time)
    {
        var caller = CallerOf(context.Request.Query, store.Current);
        if (JobQuery.IsDryRun(context.Request)) return TypedResults.Json(await submissions.EstimateAsync(context.Request, caller, isOwned: true, context.RequestAborted), JobJson.Options);
        var (job, isReplay) = await submissions.AcceptAsync(context.Request, caller, isOwned: true, context.RequestAborted);
        if (!isReplay) await desk.NoteSubmissionAsync(Resources.Actor(context), job, context.RequestAborted);
        return TypedResults.Accepted($"/admin/v1/jobs/{job.Id}", AdminJobView.From(job, store.Current, time.GetUtcNow()));
    }

    private static async Task<Ok<AdminJobView>> ActOnOneAsync(JobAct act, string id, JobBoard board, JobDesk desk, ConfigurationStore store, TimeProvider time, HttpContext context)
    {
        await RequireAsync(board, id, context.RequestAborted);
        if (await desk.ActAsync(Resources.Actor(context), act, [id], context.RequestAborted) == 0)
            throw new RefusalException(ErrorCode.Conflict, act == JobAct.Cancel ? "The job is over. There is nothing left to cancel." : "Only a job that is over and has requests without an answer can be retried. GET it to see where it stands.");
        return await GetAsync(id, board, store, time, context.RequestAborted);
    }

    private static async Task<Ok<JobActResult>> ActAsync(JobAct act, JobActBody body, JobDesk desk, ConfigurationStore store, HttpContext context)
    {
        var (actor, cancellation) = (Resources.Actor(context), context.RequestAborted);
        if (body is { Ids: not null, Tenant: not null } or { Ids: not null, Status: not null }) throw new RefusalException(ErrorCode.InvalidValue, "Send ids, or tenant and status, not both.", "ids");
        if (body.Ids is { Count: > JobDesk.MostAtOnce }) throw new RefusalException(ErrorCode.InvalidValue, $"At most {JobDesk.MostAtOnce} ids at once.", "ids");
        if (body.Ids is { } ids) return TypedResults.Ok(new JobActResult(await desk.ActAsync(actor, act, ids, cancellation), false));
        if (body.Status is null) throw new RefusalException(ErrorCode.InvalidValue, "Send ids, or the status of the jobs that are meant.", "status");
        var (changed, hasMore) = await desk.ActOnAllAsync(actor, act, new JobFilter { TenantId = TenantId(body.Tenant, store), State = body.Status }, cancellation);
        return TypedResults.Ok(new JobActResult(changed, hasMore));
    }

    private static Caller CallerOf(IQueryCollection query, ConfigurationSnapshot snapshot)
    {
        if (query["tenant"] is not [{ Length: > 0 } named]) throw new RefusalException(ErrorCode.InvalidValue, "tenant is missing in the query string: the name or id of the tenant whose job it is.", "tenant");
        var tenant = snapshot.FindTenant(named) ?? throw new RefusalException(ErrorCode.NotFound, $"There is no tenant {named}. GET /admin/v1/tenants lists those that exist.", "tenant");
        if (query["key"] is not [{ Length: > 0 } id]) return snapshot.CallerOf(tenant.Id)!;
        return snapshot.Keys.GetValueOrDefault(id) is { } key && key.TenantId == tenant.Id
            ? snapshot.CallerOf(tenant.Id, key)!
            : throw new RefusalException(ErrorCode.NotFound, $"The tenant {tenant.Name} has no key {id}.", "key");
    }

    private static async Task<Job> RequireAsync(JobBoard board, string id, CancellationToken cancellation) =>
        await board.FindAsync(id, cancellation) ?? throw new RefusalException(ErrorCode.NotFound, $"There is no job {id}. GET /admin/v1/jobs lists those that exist.");

    /// <summary>A deleted tenant is still found by its id.</summary>
    private static string? TenantId(string? named, ConfigurationStore store) => named is null ? null : store.Current.FindTenant(named)?.Id ?? named;

    private static int? Place(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var place) ? place : null;
}
