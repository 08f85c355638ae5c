using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Jobs.Pipelines;

/// <summary>The steps of pipelines, as items of their jobs.</summary>
internal sealed class StepStore(IDbContextFactory<LlmConsoleDbContext> contexts)
{
    /// <summary>The step of this name, written down if it is new; none when the claim was lost.</summary>
    public async Task<JobItem?> OpenAsync(Job claim, int work, string name, byte[] body, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if (await db.Set<JobItem>().AsNoTracking().SingleOrDefaultAsync(step => step.JobId == claim.Id && step.Parent == work && step.CustomId == name, cancellation) is { } known) return known;
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if (await JobClaims.Held(db, claim).ExecuteUpdateAsync(set => set.SetProperty(job => job.Steps, job => job.Steps + 1), cancellation) == 0) return null;
        var number = await db.Set<Job>().Where(job => job.Id == claim.Id).Select(job => job.Steps).SingleAsync(cancellation);
        var step = new JobItem { JobId = claim.Id, Index = JobOptions.MaxItems + number - 1, Parent = work, CustomId = name, Body = body };
        db.Add(step);
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return step;
    }

    /// <summary>What the steps of a piece of work cost.</summary>
    public async Task<long> CostOfAsync(JobItem work, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Set<JobItem>().Where(step => step.JobId == work.JobId && step.Parent == work.Index).SumAsync(step => step.CostNanos, cancellation);
    }
}
