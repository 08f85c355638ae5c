using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using LlmConsole.Core.Webhooks;
using LlmConsole.Core.Wire;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Jobs;

/// <summary>Tells webhooks how jobs ended.</summary>
internal sealed class JobEvents(WebhookOutbox outbox)
{
    /// <summary>The endpoint that a caller named, by id or URL. A request chooses among those that an administrator has set up for the tenant; it never names a new destination.</summary>
    /// <exception cref="RefusalException">The tenant has no such endpoint.</exception>
    public static WebhookEndpoint? EndpointOf(string? reference, Caller caller)
    {
        if (reference is null) return null;
        var own = caller.Snapshot.Webhooks.Values.Where(endpoint => endpoint.TenantId == caller.Tenant.Id);
        return own.FirstOrDefault(endpoint => endpoint.Id == reference || (endpoint.Format == WebhookFormat.Standard && (endpoint.Url.OriginalString == reference || endpoint.Url.AbsoluteUri == reference)))
            ?? throw JobDraft.Invalid("webhook", "webhook must be the id or the URL of one of your tenant's webhook endpoints. An administrator creates them.");
    }

    /// <summary>Adds the end of a job to the outbox, within the transaction that ends it.</summary>
    public async Task AddEndAsync(LlmConsoleDbContext db, string jobId, CancellationToken cancellation)
    {
        var job = await db.Set<Job>().AsNoTracking().SingleAsync(job => job.Id == jobId, cancellation);
        outbox.Add(db, new WebhookEvent(TypeOf(job.State), job.TenantId, job.Id, Data(job), Sentence(job)) { AlsoTo = job.WebhookId });
        await db.SaveChangesAsync(cancellation);
    }

    public void Committed() => outbox.Committed();

    private static string TypeOf(JobState state) => state switch
    {
        JobState.Succeeded => EventTypes.JobSucceeded,
        JobState.Failed => EventTypes.JobFailed,
        JobState.Cancelled => EventTypes.JobCancelled,
        _ => EventTypes.JobExpired,
    };

    /// <summary>The job as the API shows it, without what only matters while it runs.</summary>
    private static JsonObject Data(Job job) => new()
    {
        ["object"] = "job",
        ["id"] = job.Id,
        ["tenant_id"] = job.TenantId,
        ["type"] = Word(job.Type),
        ["status"] = Word(job.State),
        ["counts"] = new JsonObject { ["total"] = job.Total, ["succeeded"] = job.Succeeded, ["failed"] = job.Failed },
        ["task"] = job.Task,
        ["cost_usd"] = JsonNode.Parse(new Usd(job.SpentNanos).ToInvariant()),
        ["created_at"] = job.CreatedAt.UtcDateTime,
        ["started_at"] = job.StartedAt?.UtcDateTime,
        ["ended_at"] = job.EndedAt?.UtcDateTime,
        ["error"] = job.ErrorCode is null ? null : new JsonObject { ["code"] = job.ErrorCode, ["message"] = job.Error },
    };

    private static string Sentence(Job job) => string.Create(
        CultureInfo.InvariantCulture, $"Job {job.Id} {(job.State is JobState.Cancelled ? "was cancelled" : Word(job.State))}: {job.Succeeded:N0} of {job.Total:N0} requests have an answer{(job.Error is null ? "" : $". {job.Error.TrimEnd('.')}")}.");

    private static string Word<T>(T value) where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
