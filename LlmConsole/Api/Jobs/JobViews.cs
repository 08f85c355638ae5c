using System.Text.Json;
using LlmConsole.Api.Admin;
using LlmConsole.Core;
using LlmConsole.Core.Jobs;

namespace LlmConsole.Api.Jobs;

/// <summary>A job as the API shows it.</summary>
/// <param name="Pipeline">The name of its pipeline; null for the other types.</param>
/// <param name="Estimate">What its calls may use, as said when it was submitted; null where a pipeline doesn't tell.</param>
/// <param name="CostUsd">What its calls cost so far, in US dollars.</param>
/// <param name="ResumesAt">When it is tried again, while it waits for a limit.</param>
/// <param name="WaitsFor">The limit that it waits for until then.</param>
/// <param name="EtaSeconds">When it would be over at the pace so far; null while that isn't known.</param>
/// <param name="Error">Why it ended before its requests had; null when they have ended by themselves.</param>
internal sealed record JobView(
    string Id, string Object, JobType Type, string? Pipeline, JobState Status, JobCounts Counts, string? Task, Usd CostUsd, Usd? SpendLimitUsd, JobEstimateView? Estimate, DateTimeOffset CreatedAt, DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt, DateTimeOffset ExpiresAt, DateTimeOffset? ResumesAt, JobErrorView? WaitsFor, long? EtaSeconds, JobErrorView? Error)
{
    public static JobView From(Job job, DateTimeOffset now) => new(
        job.Id, "job", job.Type, job.Pipeline, job.State, new JobCounts(job.Total, job.Succeeded, job.Failed), job.Task, new Usd(job.SpentNanos), job.SpendLimitNanos is { } limit ? new Usd(limit) : null,
        JobEstimateView.From(job.Estimate), job.CreatedAt, job.StartedAt, job.EndedAt, job.ExpiresAt, job.State == JobState.Queued && job.NotBefore > now ? job.NotBefore : null,
        job.IsOver ? null : JobErrorView.From(job), job.Eta(now) is { } left ? (long)Math.Ceiling(left.TotalSeconds) : null, job.IsOver ? JobErrorView.From(job) : null);
}

/// <summary>A job that was checked and not stored.</summary>
internal sealed record JobForecastView(JobType Type, string? Pipeline, JobCounts Counts, JobEstimateView? Estimate)
{
    public string Object { get; } = "job.estimate";
}

/// <summary>What the calls of a job may use.</summary>
/// <param name="Requests">The calls that it will make; those of a pipeline may be fewer.</param>
/// <param name="PromptTokens">With a fifth more than OpenAI's tokenizer counts, for vendors who cut their tokens smaller.</param>
/// <param name="MaxOutputTokens">4,096 for a request that doesn't say how many it wants, where no limit does.</param>
/// <param name="PromptCostUsd">What the prompts cost.</param>
/// <param name="MaxCostUsd">What all of it costs, if each answer is as long as it may be and none comes from the cache.</param>
/// <param name="UnpricedRequests">Calls to models without a price, which add nothing to the costs.</param>
internal sealed record JobEstimateView(int Requests, long PromptTokens, long MaxOutputTokens, Usd PromptCostUsd, Usd MaxCostUsd, int UnpricedRequests)
{
    public static JobEstimateView? From(JobEstimate? estimate) => estimate is null
        ? null
        : new JobEstimateView(estimate.Requests, estimate.PromptTokens, estimate.MaxOutputTokens, new Usd(estimate.PromptNanos), new Usd(estimate.MostNanos), estimate.Unpriced);
}

/// <summary>How many requests a job has, and how many of them have ended.</summary>
internal sealed record JobCounts(int Total, int Succeeded, int Failed);

/// <summary>Why something ended without an answer, or waits.</summary>
internal sealed record JobErrorView(string Code, string Message)
{
    public static JobErrorView? From(Job job) => job.ErrorCode is null ? null : new JobErrorView(job.ErrorCode, job.Error!);
}

internal static class JobJson
{
    public static readonly JsonSerializerOptions Options = AdminJson.Configure(new JsonSerializerOptions(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower });
}
