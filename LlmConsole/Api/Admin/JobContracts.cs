using LlmConsole.Api.Jobs;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Jobs;

namespace LlmConsole.Api.Admin;

/// <summary>A background job of any tenant.</summary>
/// <param name="Tenant">The tenant's name, unless it was deleted.</param>
/// <param name="Key">The name of the key that submitted it, unless it was deleted; null when none did.</param>
/// <param name="Pipeline">The name of its pipeline; null for the other types.</param>
/// <param name="Total">How many requests it has; of a pipeline, how many documents.</param>
/// <param name="Cost">What its calls cost so far.</param>
/// <param name="ResumesAt">When a budget resets that it waits for.</param>
/// <param name="WaitsFor">That budget, in words.</param>
/// <param name="EtaSeconds">When it would be over at its present pace; null while that isn't known.</param>
/// <param name="Error">Why it ended before its requests had; null when they have ended by themselves.</param>
internal sealed record AdminJobView(
    string Object, string Id, JobState Status, JobType Type, string? Pipeline, string? Tenant, string TenantId, string? Key, string? KeyId, string? Task, int Total, int Succeeded, int Failed, Usd Cost,
    Usd? SpendLimit, AdminEstimateView? Estimate, DateTimeOffset CreatedAt, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, DateTimeOffset ExpiresAt, DateTimeOffset? ResumesAt, JobErrorView? WaitsFor, long? EtaSeconds, JobErrorView? Error)
{
    public static AdminJobView From(Job job, ConfigurationSnapshot snapshot, DateTimeOffset now) => new(
        "job", job.Id, job.State, job.Type, job.Pipeline, snapshot.Tenants.GetValueOrDefault(job.TenantId)?.Name, job.TenantId, job.KeyId is { } key ? snapshot.Keys.GetValueOrDefault(key)?.Name : null, job.KeyId,
        job.Task, job.Total, job.Succeeded, job.Failed, new Usd(job.SpentNanos), job.SpendLimitNanos is { } limit ? new Usd(limit) : null, AdminEstimateView.From(job.Estimate), job.CreatedAt, job.StartedAt,
        job.EndedAt, job.ExpiresAt, job.State == JobState.Queued && job.NotBefore > now ? job.NotBefore : null, job.IsOver ? null : JobErrorView.From(job), job.Eta(now) is { } left ? (long)Math.Ceiling(left.TotalSeconds) : null,
        job.IsOver ? JobErrorView.From(job) : null);
}

/// <summary>What the calls of a job may use, as said when it was submitted.</summary>
internal sealed record AdminEstimateView(int Requests, long PromptTokens, long MaxOutputTokens, Usd PromptCost, Usd MaxCost, int UnpricedRequests)
{
    public static AdminEstimateView? From(JobEstimate? estimate) => estimate is null
        ? null
        : new AdminEstimateView(estimate.Requests, estimate.PromptTokens, estimate.MaxOutputTokens, new Usd(estimate.PromptNanos), new Usd(estimate.MostNanos), estimate.Unpriced);
}

/// <summary>One request of a job, without its texts.</summary>
/// <param name="Id">Its place among the requests, from 0.</param>
/// <param name="Attempts">How many calls were made for it, or are under way.</param>
/// <param name="RequestId">The last of these calls, as GET /admin/v1/requests/{id} finds it; of a pipeline's document null, for its steps are the calls.</param>
internal sealed record JobItemView(string Object, string Id, string CustomId, JobItemState Status, int Attempts, Usd Cost, DateTimeOffset? EndedAt, string? RequestId, JobErrorView? Error)
{
    public static JobItemView From(JobItem item, Job job) => new(
        "job-item", item.Index.ToString(System.Globalization.CultureInfo.InvariantCulture), item.CustomId, item.State, item.Attempt, new Usd(item.CostNanos), item.EndedAt,
        job.Type == JobType.Pipeline && item.Parent is null ? null : item.RequestId, item.ErrorCode is null ? null : new JobErrorView(item.ErrorCode, item.Error!));
}

/// <summary>How many jobs are in each state.</summary>
internal sealed record JobCountsView(int Queued, int Running, int Succeeded, int Failed, int Cancelled, int Expired)
{
    public string Object { get; } = "job-counts";

    public static JobCountsView From(IReadOnlyDictionary<JobState, int> counts) => new(
        counts.GetValueOrDefault(JobState.Queued), counts.GetValueOrDefault(JobState.Running), counts.GetValueOrDefault(JobState.Succeeded), counts.GetValueOrDefault(JobState.Failed),
        counts.GetValueOrDefault(JobState.Cancelled), counts.GetValueOrDefault(JobState.Expired));
}

/// <summary>Which jobs: those of a list, or the newest of those that a state and a tenant leave.</summary>
internal sealed record JobActBody
{
    /// <summary>Up to 1,000 ids; without it, the filters count.</summary>
    public IReadOnlyList<string>? Ids { get; init; }

    /// <summary>By name or id.</summary>
    public string? Tenant { get; init; }
    public JobState? Status { get; init; }
}

/// <summary>What came of it.</summary>
/// <param name="Changed">So many jobs.</param>
/// <param name="HasMore">More of them are left: send the same again.</param>
internal sealed record JobActResult(int Changed, [property: System.Text.Json.Serialization.JsonPropertyName("has_more")] bool HasMore)
{
    public string Object { get; } = "job-act";
}
