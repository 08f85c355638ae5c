using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Jobs;

/// <summary>The jobs of all tenants, for those who run the gateway. Pages are cut by key, never by offset.</summary>
public sealed class JobBoard(IDbContextFactory<LlmConsoleDbContext> contexts)
{
    /// <summary>How many there are in each state; states without any are absent.</summary>
    public async Task<IReadOnlyDictionary<JobState, int>> CountsAsync(string? tenantId, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await Filtered(db, new JobFilter { TenantId = tenantId }).GroupBy(job => job.State).Select(group => new { group.Key, Count = group.Count() })
            .ToDictionaryAsync(row => row.Key, row => row.Count, cancellation);
    }

    /// <summary>Newest first.</summary>
    /// <param name="after">The last id of the page before.</param>
    public async Task<JobPage> PageAsync(JobFilter filter, int limit, string? after, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var rows = Filtered(db, filter);
        if (after is not null) rows = rows.Where(job => string.Compare(job.Id, after) < 0);
        var page = await rows.AsNoTracking().OrderByDescending(job => job.Id).Take(limit + 1).ToListAsync(cancellation);
        return new JobPage([.. page.Take(limit)], page.Count > limit ? page[limit - 1].Id : null);
    }

    public async Task<Job?> FindAsync(string id, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await Filtered(db, new JobFilter()).AsNoTracking().SingleOrDefaultAsync(job => job.Id == id, cancellation);
    }

    /// <summary>The items of a job in their order, or the steps of one of them, without requests and answers.</summary>
    /// <param name="after">The last place of the page before; -1 for the first.</param>
    public async Task<JobItemPage> ItemsAsync(string jobId, JobItemState? state, int? parent, int after, int limit, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var rows = db.Set<JobItem>().AsNoTracking().Where(item => item.JobId == jobId && item.Parent == parent && item.Index > after);
        if (state is { } wanted) rows = rows.Where(item => item.State == wanted);
        var page = await rows.OrderBy(item => item.Index).Take(limit + 1).Select(item => new JobItem
        {
            JobId = item.JobId, Index = item.Index, Parent = item.Parent, CustomId = item.CustomId, Body = Array.Empty<byte>(), State = item.State, Attempt = item.Attempt,
            ErrorCode = item.ErrorCode, Error = item.Error, CostNanos = item.CostNanos, EndedAt = item.EndedAt, EndOrder = item.EndOrder,
        }).ToListAsync(cancellation);
        return new JobItemPage([.. page.Take(limit)], page.Count > limit ? page[limit - 1].Index : null);
    }

    /// <summary>One item, with its request and its answer.</summary>
    public async Task<JobItem?> FindItemAsync(string jobId, int index, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Set<JobItem>().AsNoTracking().SingleOrDefaultAsync(item => item.JobId == jobId && item.Index == index, cancellation);
    }

    private static IQueryable<Job> Filtered(LlmConsoleDbContext db, JobFilter filter)
    {
        var rows = db.Set<Job>().Where(job => job.State != JobState.Uploading);
        if (filter.TenantId is { } tenant) rows = rows.Where(job => job.TenantId == tenant);
        if (filter.State is { } state) rows = rows.Where(job => job.State == state);
        if (filter.For == JobAct.Cancel) rows = rows.Where(job => job.State == JobState.Queued || job.State == JobState.Running);
        if (filter.For == JobAct.Retry) rows = rows.Where(job => job.EndedAt != null && job.Succeeded < job.Total);
        return rows;
    }
}

/// <summary>Which jobs; what is missing doesn't narrow.</summary>
public sealed record JobFilter
{
    public string? TenantId { get; init; }
    public JobState? State { get; init; }

    /// <summary>Only those with which this can be done.</summary>
    public JobAct? For { get; init; }
}

/// <summary>What can be done with a job.</summary>
public enum JobAct
{
    Cancel,

    /// <summary>Queues once more what has no answer.</summary>
    Retry,
}

/// <summary>A page of jobs.</summary>
/// <param name="Jobs">Newest first.</param>
/// <param name="Next">Pass as <c>after</c> for the next page; none on the last.</param>
public sealed record JobPage(IReadOnlyList<Job> Jobs, string? Next);

/// <summary>A page of a job's items.</summary>
/// <param name="Next">Pass as <c>after</c> for the next page; none on the last.</param>
public sealed record JobItemPage(IReadOnlyList<JobItem> Items, int? Next);
