using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Jobs;

/// <summary>A job ends before all of its items have.</summary>
/// <param name="Items">What becomes of those that had not ended.</param>
internal sealed record JobEnding(JobState State, JobItemState Items, DateTimeOffset At, string? ErrorCode = null, string? Error = null)
{
    /// <summary>Ends the job if it is still as asked for, and with it the items that have not ended. Whoever wants to hear of it is told. The fence rises, so that whoever runs it changes nothing more.</summary>
    public static async Task<bool> ApplyAsync(LlmConsoleDbContext db, IQueryable<Job> rows, string jobId, JobEvents events, JobEnding ending, CancellationToken cancellation)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var ended = await rows.ExecuteUpdateAsync(set => set
            .SetProperty(job => job.State, ending.State)
            .SetProperty(job => job.Fence, job => job.Fence + 1)
            .SetProperty(job => job.EndedAt, ending.At)
            .SetProperty(job => job.ErrorCode, ending.ErrorCode)
            .SetProperty(job => job.Error, ending.Error)
            .SetProperty(job => job.Failed, job => ending.Items == JobItemState.Failed ? job.Total - job.Succeeded : job.Failed), cancellation);
        if (ended == 0) return false;
        var last = await db.Set<Job>().Where(job => job.Id == jobId).Select(job => job.LastOrder).SingleAsync(cancellation);
        await db.Set<JobItem>().Where(item => item.JobId == jobId && item.State == JobItemState.Queued).ExecuteUpdateAsync(set => set
            .SetProperty(item => item.State, ending.Items)
            .SetProperty(item => item.EndedAt, ending.At)
            .SetProperty(item => item.ErrorCode, ending.ErrorCode)
            .SetProperty(item => item.Error, ending.Error)
            .SetProperty(item => item.EndOrder, item => last + 1 + item.Index), cancellation);
        await db.Set<Job>().Where(job => job.Id == jobId).ExecuteUpdateAsync(set => set.SetProperty(job => job.LastOrder, job => job.LastOrder + job.Total), cancellation);
        await events.AddEndAsync(db, jobId, cancellation);
        await transaction.CommitAsync(cancellation);
        events.Committed();
        return true;
    }
}
