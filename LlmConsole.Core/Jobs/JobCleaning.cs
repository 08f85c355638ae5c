using LlmConsole.Core.Idempotency;
using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Jobs;

/// <summary>Deletes what nobody needs any more.</summary>
internal sealed class JobCleaning(IDbContextFactory<LlmConsoleDbContext> contexts, JobOptions options, DutyRoster duties, TimeProvider time)
{
    private const int MostAtOnce = 100;

    /// <summary>Items of one statement, so that the write lock of SQLite is held only for a moment.</summary>
    private const int Chunk = 1_000;

    private static readonly TimeSpan CleanEvery = TimeSpan.FromMinutes(1);

    /// <summary>Frees idempotency keys, and deletes jobs that are over and old; one instance does it for all.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        if (!await duties.TakeAsync("clean jobs", CleanEvery, cancellation)) return;
        await ForgetKeysAsync(cancellation);
        await DeleteAsync(cancellation);
    }

    private async Task ForgetKeysAsync(CancellationToken cancellation)
    {
        var oldest = time.GetUtcNow() - IdempotencyStore.KeptFor;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await db.Set<Job>().Where(job => job.IdempotencyKey != null && job.CreatedAt <= oldest)
            .ExecuteUpdateAsync(set => set.SetProperty(job => job.IdempotencyKey, (string?)null), cancellation);
    }

    /// <summary>Jobs that are over and old, and uploads that a killed process left.</summary>
    private async Task DeleteAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var oldest = now - options.Retention;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var old = await db.Set<Job>().Where(job => (job.EndedAt != null && job.EndedAt <= oldest) || (job.State == JobState.Uploading && job.LeaseUntil <= now))
            .Select(job => new { job.Id, Places = JobOptions.MaxItems + job.Steps }).Take(MostAtOnce).ToListAsync(cancellation);
        foreach (var job in old)
        {
            var id = job.Id;
            for (var from = 0; from < job.Places; from += Chunk)
            {
                var (low, high) = (from, from + Chunk);
                await db.Set<JobItem>().Where(item => item.JobId == id && item.Index >= low && item.Index < high).ExecuteDeleteAsync(cancellation);
            }

            await db.Set<Job>().Where(row => row.Id == id).ExecuteDeleteAsync(cancellation);
        }
    }
}
