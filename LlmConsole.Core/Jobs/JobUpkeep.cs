using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Jobs;

/// <summary>Gives up jobs whose time is over, and has deleted what nobody needs any more.</summary>
internal sealed class JobUpkeep(IDbContextFactory<LlmConsoleDbContext> contexts, DatabaseConnections connections, JobBell bell, JobEvents events, JobCleaning cleaning, TimeProvider time)
{
    private const int MostExpired = 100;

    /// <summary>SQLite has one process: what is marked as running or arriving when it starts belongs to one that was killed, and need not wait until its lease lapses.</summary>
    public async Task RecoverAsync(CancellationToken cancellation)
    {
        if (connections.IsPostgres) return;
        await connections.ExecuteAsync($"UPDATE jobs SET lease_until = {time.GetUtcNow().ToUnixTimeMilliseconds()} WHERE state IN ({nameof(JobState.Running)}, {nameof(JobState.Uploading)})", cancellation);
    }

    public Task CleanAsync(CancellationToken cancellation) => cleaning.RunAsync(cancellation);

    /// <summary>Gives up jobs whose time is over.</summary>
    public async Task ExpireAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        if (!await connections.AnyAsync($"SELECT 1 FROM jobs WHERE state IN ({nameof(JobState.Queued)}, {nameof(JobState.Running)}) AND expires_at <= {now.ToUnixTimeMilliseconds()} LIMIT 1", cancellation)) return;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var late = await Late().Select(job => job.Id).Take(MostExpired).ToListAsync(cancellation);
        foreach (var id in late)
        {
            if (await JobEnding.ApplyAsync(db, Late().Where(job => job.Id == id), id, events, new JobEnding(JobState.Expired, JobItemState.Expired, now), cancellation)) bell.Stop(id);
        }

        IQueryable<Job> Late() => db.Set<Job>().Where(job => job.ExpiresAt <= now && (job.State == JobState.Queued || job.State == JobState.Running));
    }
}
