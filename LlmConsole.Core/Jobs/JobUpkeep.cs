using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Jobs;

/// <summary>Gives up jobs whose time is over, and has deleted what nobody needs any more.</summary>
internal sealed class JobUpkeep(IDbContextFactory<LlmConsoleDbContext> contexts, StorageOptions storage, JobBell bell, JobEvents events, JobCleaning cleaning, TimeProvider time)
{
    private const int MostExpired = 100;

    /// <summary>SQLite has one process: what is marked as running or arriving when it starts belongs to one that was killed, and need not wait until its lease lapses.</summary>
    public async Task RecoverAsync(CancellationToken cancellation)
    {
        if (storage.IsPostgres) return;
        var now = time.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await db.Set<Job>().Where(job => job.State == JobState.Running || job.State == JobState.Uploading).ExecuteUpdateAsync(set => set.SetProperty(job => job.LeaseUntil, now), cancellation);
    }

    public Task CleanAsync(CancellationToken cancellation) => cleaning.RunAsync(cancellation);

    /// <summary>Gives up jobs whose time is over.</summary>
    public async Task ExpireAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var late = await Late().Select(job => job.Id).Take(MostExpired).ToListAsync(cancellation);
        foreach (var id in late)
        {
            if (await JobEnding.ApplyAsync(db, Late().Where(job => job.Id == id), id, events, new JobEnding(JobState.Expired, JobItemState.Expired, now), cancellation)) bell.Stop(id);
        }

        IQueryable<Job> Late() => db.Set<Job>().Where(job => job.ExpiresAt <= now && (job.State == JobState.Queued || job.State == JobState.Running));
    }
}
