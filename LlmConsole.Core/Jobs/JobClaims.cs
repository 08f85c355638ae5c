using LlmConsole.Core.Metering;
using LlmConsole.Core.Storage;
using LlmConsole.Core.Wire;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Jobs;

/// <summary>
/// The right to run a job: one worker has it at a time, for as long as it shows signs of life. Each claim raises the job's fence, and every
/// change names the fence that it was claimed with, so that a worker which was paused, and whose job another took over, changes nothing.
/// </summary>
internal sealed class JobClaims(IDbContextFactory<LlmConsoleDbContext> contexts, DatabaseConnections connections, JobEvents events, JobOptions options, TimeProvider time)
{
    /// <summary>Claims the oldest job that may be run; none when there is none.</summary>
    /// <param name="exceptTenants">Tenants that have enough jobs running here.</param>
    internal async Task<Job?> ClaimAsync(IReadOnlyCollection<string> exceptTenants, CancellationToken cancellation)
    {
        while (true)
        {
            var now = time.GetUtcNow();
            if (!await MayThereBeOneAsync(now.ToUnixTimeMilliseconds(), cancellation)) return null;
            await using var db = await contexts.CreateDbContextAsync(cancellation);
            var found = await db.Set<Job>().AsNoTracking()
                .Where(job => !exceptTenants.Contains(job.TenantId) && job.ExpiresAt > now)
                .Where(job => (job.State == JobState.Queued && job.NotBefore <= now) || (job.State == JobState.Running && job.LeaseUntil <= now))
                .OrderBy(job => job.NotBefore).ThenBy(job => job.Id).FirstOrDefaultAsync(cancellation);
            if (found is null) return null;
            var (until, started) = (now + options.Lease, found.StartedAt ?? now);
            var claimed = await db.Set<Job>().Where(job => job.Id == found.Id && job.Fence == found.Fence && job.State == found.State).ExecuteUpdateAsync(set => set
                .SetProperty(job => job.State, JobState.Running)
                .SetProperty(job => job.Fence, job => job.Fence + 1)
                .SetProperty(job => job.StartedAt, started)
                .SetProperty(job => job.ClaimedAt, now)
                .SetProperty(job => job.DoneAtClaim, job => job.Succeeded + job.Failed)
                .SetProperty(job => job.ErrorCode, (string?)null)
                .SetProperty(job => job.Error, (string?)null)
                .SetProperty(job => job.LeaseUntil, until), cancellation);
            if (claimed == 1) return found with { State = JobState.Running, ErrorCode = null, Error = null, Fence = found.Fence + 1, StartedAt = started, LeaseUntil = until };
        }
    }

    /// <summary>Shows a sign of life for a claim. False when the job was taken over or is over.</summary>
    internal async Task<bool> RenewAsync(Job claim, CancellationToken cancellation)
    {
        var until = time.GetUtcNow() + options.Lease;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await Held(db, claim).ExecuteUpdateAsync(set => set.SetProperty(job => job.LeaseUntil, until), cancellation) == 1;
    }

    /// <summary>The items that have not ended, in order, after a place.</summary>
    internal async Task<IReadOnlyList<JobItem>> PendingAsync(Job claim, int after, int most, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Set<JobItem>().AsNoTracking().Where(item => item.JobId == claim.Id && item.State == JobItemState.Queued && item.Parent == null && item.Index > after)
            .OrderBy(item => item.Index).Take(most).ToListAsync(cancellation);
    }

    /// <summary>An item's next call gets an id of its own. False when the claim was lost.</summary>
    internal async Task<bool> NextAttemptAsync(Job claim, JobItem item, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var held = Held(db, claim);
        return await Queued(db, item).Where(_ => held.Any()).ExecuteUpdateAsync(set => set.SetProperty(row => row.Attempt, row => row.Attempt + 1), cancellation) == 1;
    }

    /// <summary>Writes down how an item ended, and counts it. False, and nothing is changed, when the claim was lost or the item had ended already.</summary>
    internal async Task<bool> SaveAsync(Job claim, JobItem ended, CancellationToken cancellation)
    {
        // A step counts only as money, and the work that it belongs to no second time.
        var (good, bad) = ended.Parent is not null ? (0, 0) : ended.State == JobItemState.Succeeded ? (1, 0) : (0, 1);
        var cost = claim.Type == JobType.Pipeline && ended.Parent is null ? 0 : ended.CostNanos;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var counted = await Held(db, claim).ExecuteUpdateAsync(set => set
            .SetProperty(job => job.Succeeded, job => job.Succeeded + good)
            .SetProperty(job => job.Failed, job => job.Failed + bad)
            .SetProperty(job => job.SpentNanos, job => job.SpentNanos + cost)
            .SetProperty(job => job.LastOrder, job => job.LastOrder + 1), cancellation);
        if (counted == 0) return false;
        var order = await db.Set<Job>().Where(job => job.Id == claim.Id).Select(job => job.LastOrder).SingleAsync(cancellation);
        var saved = await Queued(db, ended).ExecuteUpdateAsync(set => set
            .SetProperty(item => item.State, ended.State)
            .SetProperty(item => item.Result, ended.Result)
            .SetProperty(item => item.ErrorCode, ended.ErrorCode)
            .SetProperty(item => item.Error, ended.Error)
            .SetProperty(item => item.CostNanos, ended.CostNanos)
            .SetProperty(item => item.EndedAt, ended.EndedAt)
            .SetProperty(item => item.EndOrder, order), cancellation);
        if (saved == 0) return false;
        await transaction.CommitAsync(cancellation);
        return true;
    }

    /// <summary>Puts the job back, to be run by whoever claims it from that moment on.</summary>
    /// <param name="refusal">By the limit that it waits for.</param>
    internal async Task ReleaseAsync(Job claim, DateTimeOffset notBefore, CancellationToken cancellation, RefusalException? refusal = null)
    {
        var (code, message) = (refusal?.Error.Code, UsageText.Of(refusal?.Message));
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await Held(db, claim).ExecuteUpdateAsync(set => set
            .SetProperty(job => job.State, JobState.Queued)
            .SetProperty(job => job.NotBefore, notBefore)
            .SetProperty(job => job.ErrorCode, code)
            .SetProperty(job => job.Error, message), cancellation);
    }

    /// <summary>All of its items have ended: so has the job.</summary>
    internal async Task CompleteAsync(Job claim, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var ended = await Held(db, claim).ExecuteUpdateAsync(set => set
            .SetProperty(job => job.State, job => job.Succeeded > 0 ? JobState.Succeeded : JobState.Failed)
            .SetProperty(job => job.EndedAt, now), cancellation);
        if (ended == 0) return;
        await events.AddEndAsync(db, claim.Id, cancellation);
        await transaction.CommitAsync(cancellation);
        events.Committed();
    }

    /// <summary>The job is stopped for this reason; what has not ended of it fails.</summary>
    internal async Task<bool> FailAsync(Job claim, string code, string message, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await JobEnding.ApplyAsync(db, Held(db, claim), claim.Id, events, new JobEnding(JobState.Failed, JobItemState.Failed, time.GetUtcNow(), code, message), cancellation);
    }

    /// <summary>The job of a claim, as long as the claim holds.</summary>
    internal static IQueryable<Job> Held(LlmConsoleDbContext db, Job claim) =>
        db.Set<Job>().Where(job => job.Id == claim.Id && job.Fence == claim.Fence && job.State == JobState.Running);

    /// <summary>Every instance asks every two seconds, whether it ever has a job or not: without Entity Framework.</summary>
    private Task<bool> MayThereBeOneAsync(long now, CancellationToken cancellation) => connections.AnyAsync(
        $"SELECT 1 FROM jobs WHERE (state = {nameof(JobState.Queued)} AND not_before <= {now}) OR (state = {nameof(JobState.Running)} AND lease_until <= {now}) LIMIT 1", cancellation);

    private static IQueryable<JobItem> Queued(LlmConsoleDbContext db, JobItem item) =>
        db.Set<JobItem>().Where(row => row.JobId == item.JobId && row.Index == item.Index && row.State == JobItemState.Queued && row.Attempt == item.Attempt);
}
