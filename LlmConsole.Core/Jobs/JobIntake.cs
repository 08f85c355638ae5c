using LlmConsole.Core.Configuration;
using LlmConsole.Core.Idempotency;
using LlmConsole.Core.Storage;
using LlmConsole.Core.Wire;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Jobs;

/// <summary>Takes jobs in. Requests go to the database as they arrive, a few at a time; the job is queued once all are there, or leaves nothing behind.</summary>
public sealed class JobIntake(IDbContextFactory<LlmConsoleDbContext> contexts, JobBell bell, TimeProvider time)
{
    private const int ChunkItems = 500;
    private const int ChunkBytes = 4 * 1024 * 1024;

    /// <summary>An upload renews this with every chunk; one that is older was broken off by a kill.</summary>
    internal static readonly TimeSpan UploadLease = TimeSpan.FromMinutes(10);

    /// <summary>Stores a job and queues it.</summary>
    /// <param name="idempotencyKey">The caller's own name for this submission, or none.</param>
    /// <param name="hash">The digest of what was sent; asked for once the lines are at their end.</param>
    /// <returns>The job; and whether it is that of an earlier submission with the same key.</returns>
    /// <exception cref="RefusalException">A line is wrong, or the key was used for something else; nothing is stored.</exception>
    public async Task<(Job Job, bool IsReplay)> SubmitAsync(
        Caller caller, JobDraft draft, string? idempotencyKey, IAsyncEnumerable<JobLine> lines, Func<string> hash, CancellationToken cancellation)
    {
        var job = New(caller, draft.Checked(), idempotencyKey);
        if (idempotencyKey is not null && await FindAsync(caller.Tenant.Id, idempotencyKey, cancellation) is { } earlier) return (await RepeatedAsync(earlier, lines, hash, cancellation), true);
        if (!await TryOpenAsync(job, cancellation)) return (await RepeatedAsync((await FindAsync(caller.Tenant.Id, idempotencyKey!, cancellation))!, lines, hash, cancellation), true);
        try
        {
            var tally = await StoreAsync(job.Id, lines, new JobTally(caller, job.CreatedAt), cancellation);
            return (await QueueAsync(job, tally, hash(), cancellation), false);
        }
        catch
        {
            await DiscardAsync(job.Id);
            throw;
        }
    }

    /// <summary>Checks a job as <see cref="SubmitAsync"/> does, and says what it may use, without storing anything.</summary>
    /// <exception cref="RefusalException">A line is wrong.</exception>
    public async Task<(int Total, JobEstimate? Estimate)> EstimateAsync(Caller caller, JobDraft draft, IAsyncEnumerable<JobLine> lines, CancellationToken cancellation)
    {
        draft.Checked();
        JobEvents.EndpointOf(draft.Webhook, caller);
        var tally = new JobTally(caller, time.GetUtcNow());
        await foreach (var line in lines.WithCancellation(cancellation)) tally.Add(line);
        tally.End();
        return (tally.Count, tally.Estimate);
    }

    private Job New(Caller caller, JobDraft draft, string? idempotencyKey)
    {
        var now = time.GetUtcNow();
        return new Job
        {
            Id = Ids.New("job", time), TenantId = caller.Tenant.Id, KeyId = caller.Key?.Id, UserId = caller.UserId, Type = draft.Type, State = JobState.Uploading, Pipeline = draft.Pipeline, Task = draft.Task,
            SpendLimitNanos = draft.SpendLimit?.Nanos, CreatedAt = now, ExpiresAt = now + draft.ExpiresAfter, NotBefore = now, LeaseUntil = now + UploadLease, IdempotencyKey = idempotencyKey,
            WebhookId = JobEvents.EndpointOf(draft.Webhook, caller)?.Id,
        };
    }

    private async Task<Job?> FindAsync(string tenantId, string key, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Set<Job>().AsNoTracking().SingleOrDefaultAsync(job => job.TenantId == tenantId && job.IdempotencyKey == key, cancellation);
    }

    /// <summary>False when another submission with the same key came first.</summary>
    private async Task<bool> TryOpenAsync(Job job, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        db.Add(job);
        try
        {
            await db.SaveChangesAsync(cancellation);
            return true;
        }
        catch (DbUpdateException) when (job.IdempotencyKey is not null)
        {
            if (await FindAsync(job.TenantId, job.IdempotencyKey, cancellation) is null) throw;
            return false;
        }
    }

    private static async Task<Job> RepeatedAsync(Job earlier, IAsyncEnumerable<JobLine> lines, Func<string> hash, CancellationToken cancellation)
    {
        if (earlier.State == JobState.Uploading) throw IdempotencyRefusals.InProgress(earlier.Id);
        await foreach (var _ in lines.WithCancellation(cancellation))
        {
            // Read to the end, because only then it is known whether the same was sent.
        }

        return hash() == earlier.PayloadHash ? earlier : throw IdempotencyRefusals.Mismatch();
    }

    private async Task<JobTally> StoreAsync(string jobId, IAsyncEnumerable<JobLine> lines, JobTally tally, CancellationToken cancellation)
    {
        var (bytes, chunk) = (0, new List<JobItem>());
        await foreach (var line in lines.WithCancellation(cancellation))
        {
            chunk.Add(new JobItem { JobId = jobId, Index = tally.Add(line), CustomId = line.CustomId, Body = line.Body });
            if ((bytes += line.Body.Length) < ChunkBytes && chunk.Count < ChunkItems) continue;
            await AppendAsync(jobId, chunk, cancellation);
            (bytes, chunk) = (0, []);
        }

        tally.End();
        await AppendAsync(jobId, chunk, cancellation);
        return tally;
    }

    private async Task AppendAsync(string jobId, List<JobItem> items, CancellationToken cancellation)
    {
        var lease = time.GetUtcNow() + UploadLease;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        db.AddRange(items);
        await db.SaveChangesAsync(cancellation);
        await db.Set<Job>().Where(job => job.Id == jobId).ExecuteUpdateAsync(set => set.SetProperty(job => job.LeaseUntil, lease), cancellation);
    }

    private async Task<Job> QueueAsync(Job job, JobTally tally, string hash, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await db.Set<Job>().Where(row => row.Id == job.Id).ExecuteUpdateAsync(set => set
            .SetProperty(row => row.State, JobState.Queued)
            .SetProperty(row => row.Total, tally.Count)
            .SetProperty(row => row.Estimate, tally.Estimate)
            .SetProperty(row => row.PayloadHash, hash), cancellation);
        bell.Ring();
        return job with { State = JobState.Queued, Total = tally.Count, Estimate = tally.Estimate, PayloadHash = hash };
    }

    private async Task DiscardAsync(string jobId)
    {
        await using var db = await contexts.CreateDbContextAsync(CancellationToken.None);
        await db.Set<Job>().Where(job => job.Id == jobId && job.State == JobState.Uploading).ExecuteDeleteAsync(CancellationToken.None);
    }
}
