using LlmConsole.Core.Storage;
using LlmConsole.Core.Wire;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Jobs;

/// <summary>A tenant's jobs, for the tenant: to anyone else they don't exist.</summary>
public sealed class JobStore
{
    private readonly IDbContextFactory<LlmConsoleDbContext> _contexts;
    private readonly JobBell _bell;
    private readonly JobEvents _events;
    private readonly TimeProvider _time;

    internal JobStore(IDbContextFactory<LlmConsoleDbContext> contexts, JobBell bell, JobEvents events, TimeProvider time) =>
        (_contexts, _bell, _events, _time) = (contexts, bell, events, time);

    /// <summary>Newest first.</summary>
    /// <param name="after">The last id of the page before.</param>
    public async Task<IReadOnlyList<Job>> ListAsync(string tenantId, JobState? state, string? after, int limit, CancellationToken cancellation)
    {
        await using var db = await _contexts.CreateDbContextAsync(cancellation);
        var rows = Owned(db, tenantId).AsNoTracking();
        if (state is { } wanted) rows = rows.Where(job => job.State == wanted);
        if (after is not null) rows = rows.Where(job => string.Compare(job.Id, after) < 0);
        return await rows.OrderByDescending(job => job.Id).Take(limit).ToListAsync(cancellation);
    }

    public async Task<Job?> FindAsync(string tenantId, string id, CancellationToken cancellation)
    {
        await using var db = await _contexts.CreateDbContextAsync(cancellation);
        return await Owned(db, tenantId).AsNoTracking().SingleOrDefaultAsync(job => job.Id == id, cancellation);
    }

    /// <summary>Items in the order in which they ended, without their requests.</summary>
    /// <param name="after">The <see cref="JobItem.EndOrder"/> of the last one that is known; 0 for the first.</param>
    public async Task<IReadOnlyList<JobItem>> ResultsAsync(string jobId, long after, int limit, CancellationToken cancellation)
    {
        await using var db = await _contexts.CreateDbContextAsync(cancellation);
        return await db.Set<JobItem>().AsNoTracking().Where(item => item.JobId == jobId && item.Parent == null && item.EndOrder > after).OrderBy(item => item.EndOrder).Take(limit)
            .Select(item => new JobItem
            {
                JobId = item.JobId, Index = item.Index, CustomId = item.CustomId, Body = Array.Empty<byte>(), State = item.State, Attempt = item.Attempt, Result = item.Result,
                ErrorCode = item.ErrorCode, Error = item.Error, CostNanos = item.CostNanos, EndedAt = item.EndedAt, EndOrder = item.EndOrder,
            }).ToListAsync(cancellation);
    }

    /// <summary>Cancels a job that isn't over, at once: calls under way are broken off. The job as it is then, or none.</summary>
    public async Task<Job?> CancelAsync(string tenantId, string id, CancellationToken cancellation)
    {
        await using var db = await _contexts.CreateDbContextAsync(cancellation);
        var open = Owned(db, tenantId).Where(job => job.Id == id && (job.State == JobState.Queued || job.State == JobState.Running));
        if (await JobEnding.ApplyAsync(db, open, id, _events, new JobEnding(JobState.Cancelled, JobItemState.Cancelled, _time.GetUtcNow()), cancellation)) _bell.Stop(id);
        return await FindAsync(tenantId, id, cancellation);
    }

    /// <summary>Queues the items that have no answer once more, with as much time as the job had in the beginning. False when the job isn't over, or has none.</summary>
    public async Task<bool> RetryAsync(Job job, CancellationToken cancellation)
    {
        if (!job.IsOver) return false;
        var now = _time.GetUtcNow();
        var expiry = now + (job.ExpiresAt - job.CreatedAt);
        await using var db = await _contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var queued = await db.Set<Job>().Where(row => row.Id == job.Id && row.Fence == job.Fence && row.State == job.State && row.Succeeded < row.Total).ExecuteUpdateAsync(set => set
            .SetProperty(row => row.State, JobState.Queued)
            .SetProperty(row => row.Fence, row => row.Fence + 1)
            .SetProperty(row => row.Failed, 0)
            .SetProperty(row => row.NotBefore, now)
            .SetProperty(row => row.ExpiresAt, expiry)
            .SetProperty(row => row.EndedAt, (DateTimeOffset?)null)
            .SetProperty(row => row.ErrorCode, (string?)null)
            .SetProperty(row => row.Error, (string?)null), cancellation);
        if (queued == 0) return false;
        if (job.Type == JobType.Pipeline) await ForgetAsync(db, job.Id, cancellation);
        await db.Set<JobItem>().Where(item => item.JobId == job.Id && item.State != JobItemState.Succeeded).ExecuteUpdateAsync(set => set
            .SetProperty(item => item.State, JobItemState.Queued)
            .SetProperty(item => item.Attempt, item => item.Attempt + 1)
            .SetProperty(item => item.ErrorCode, (string?)null)
            .SetProperty(item => item.Error, (string?)null)
            .SetProperty(item => item.EndedAt, (DateTimeOffset?)null)
            .SetProperty(item => item.EndOrder, (long?)null), cancellation);
        await transaction.CommitAsync(cancellation);
        _bell.Ring();
        return true;
    }

    /// <summary>Where answers were no use, the same answers would be none again: the work is done anew. Elsewhere the steps that have an answer are kept.</summary>
    private static async Task ForgetAsync(LlmConsoleDbContext db, string jobId, CancellationToken cancellation)
    {
        var useless = db.Set<JobItem>().Where(item => item.JobId == jobId && item.Parent == null && item.State == JobItemState.Failed && item.ErrorCode == ErrorCode.InvalidResult.Code).Select(item => (int?)item.Index);

        // By another name it isn't found when the same is asked again; it stays for those who look where the money went.
        await db.Set<JobItem>().Where(step => step.JobId == jobId && step.Parent != null && step.State == JobItemState.Succeeded && useless.Contains(step.Parent))
            .ExecuteUpdateAsync(set => set.SetProperty(step => step.CustomId, step => "forgotten-" + step.Index), cancellation);
    }

    private static IQueryable<Job> Owned(LlmConsoleDbContext db, string tenantId) =>
        db.Set<Job>().Where(job => job.TenantId == tenantId && job.State != JobState.Uploading);
}
