using System.Globalization;
using System.Text;
using LlmConsole.Core.Jobs;
using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Tests.Support;

/// <summary>Jobs as they stand in the database, without anybody running them.</summary>
internal static class SampleJobs
{
    /// <summary>A job in this state; what failed or succeeded of its requests is at the beginning.</summary>
    public static async Task<Job> AddAsync(IDbContextFactory<LlmConsoleDbContext> contexts, string id, string tenantId, JobState state, DateTimeOffset at, int total = 3, int succeeded = 0, int failed = 0, Func<Job, Job>? with = null)
    {
        var isOver = state is not (JobState.Queued or JobState.Running);
        var job = new Job
        {
            Id = id, TenantId = tenantId, Type = JobType.Batch, State = state, Total = total, Succeeded = succeeded, Failed = failed, SpentNanos = succeeded * 12_000L, CreatedAt = at, StartedAt = state == JobState.Queued ? null : at.AddSeconds(2),
            EndedAt = isOver ? at.AddMinutes(3) : null, ClaimedAt = state == JobState.Queued ? null : at.AddSeconds(2), ExpiresAt = at.AddDays(6), NotBefore = DateTimeOffset.MaxValue, LeaseUntil = DateTimeOffset.MaxValue,
            Estimate = new JobEstimate { Requests = total, PromptTokens = total * 40, MaxOutputTokens = total * 4_096, PromptNanos = total * 6_000L, MostNanos = total * 2_460_000L },
        };
        job = with?.Invoke(job) ?? job;
        await using var db = await contexts.CreateDbContextAsync(TestContext.Current.CancellationToken);
        db.Add(job);
        db.AddRange(Enumerable.Range(0, total).Select(index => Item(job, index)));
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        return job;
    }

    private static JobItem Item(Job job, int index)
    {
        var state = index < job.Succeeded ? JobItemState.Succeeded : index < job.Done ? JobItemState.Failed : job.State == JobState.Cancelled ? JobItemState.Cancelled : JobItemState.Queued;
        return new JobItem
        {
            JobId = job.Id, Index = index, CustomId = string.Create(CultureInfo.InvariantCulture, $"ticket-{1_000 + index}"), State = state, CostNanos = state == JobItemState.Succeeded ? 12_000 : 0,
            Body = """{"model":"simulator/echo","messages":[{"role":"user","content":"Which words of this ticket are names?"}]}"""u8.ToArray(),
            Result = state == JobItemState.Succeeded ? Encoding.UTF8.GetBytes("""{"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"None of them."},"finish_reason":"stop"}]}""") : null,
            ErrorCode = state == JobItemState.Failed ? "upstream_error" : null, Error = state == JobItemState.Failed ? "The provider failed with status 500. Try again later." : null,
            EndedAt = state == JobItemState.Queued ? null : job.CreatedAt.AddSeconds(5 + index), EndOrder = state == JobItemState.Queued ? null : index + 1,
        };
    }
}
