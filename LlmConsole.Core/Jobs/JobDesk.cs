using LlmConsole.Core.Configuration;

namespace LlmConsole.Core.Jobs;

/// <summary>What those who run the gateway do with jobs of any tenant. Each act stands in the audit log.</summary>
public sealed class JobDesk(JobBoard board, JobStore jobs, ConfigurationEditor editor)
{
    /// <summary>Jobs of one act: what more there are, the next one takes.</summary>
    public const int MostAtOnce = 1_000;

    private const string Kind = "job";

    /// <summary>Does it with each of these jobs where that is possible; how many it was.</summary>
    public async Task<int> ActAsync(Actor actor, JobAct act, IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        var changed = new List<(Job Before, Job After)>();
        foreach (var id in ids.Take(MostAtOnce))
        {
            if (await board.FindAsync(id, cancellation) is { } job && await ActAsync(act, job, cancellation) is { } after) changed.Add((job, after));
        }

        var verb = $"{Kind}.{act.ToString().ToLowerInvariant()}";
        if (changed is [var (before, now)]) await editor.AuditAsync(actor, verb, Kind, before.Id, before.Task ?? before.Id, Standing.Of(before), Standing.Of(now), cancellation);
        else if (changed.Count > 1) await editor.AuditAsync(actor, verb, Kind, "jobs", FormattableString.Invariant($"{changed.Count} jobs"), null, changed.Select(pair => pair.After.Id), cancellation);
        return changed.Count;
    }

    /// <summary>Does it with the newest jobs that a filter leaves; how many it was, and whether there are more.</summary>
    public async Task<(int Changed, bool HasMore)> ActOnAllAsync(Actor actor, JobAct act, JobFilter filter, CancellationToken cancellation)
    {
        var page = await board.PageAsync(filter with { For = act }, MostAtOnce, null, cancellation);
        return (await ActAsync(actor, act, [.. page.Jobs.Select(job => job.Id)], cancellation), page.Next is not null);
    }

    /// <summary>Requests and answers are the tenant's: whoever reads them is written down.</summary>
    public Task NoteReadingAsync(Actor actor, Job job, string what, CancellationToken cancellation) =>
        editor.AuditAsync(actor, $"{Kind}.read", Kind, job.Id, job.Task ?? job.Id, null, new { what }, cancellation);

    /// <summary>A job that somebody submitted in a tenant's name.</summary>
    public Task NoteSubmissionAsync(Actor actor, Job job, CancellationToken cancellation) =>
        editor.AuditAsync(actor, $"{Kind}.submit", Kind, job.Id, job.Task ?? job.Id, null, new { tenant = job.TenantId, key = job.KeyId, job.Total, spendLimitUsd = job.SpendLimitNanos is { } limit ? new Usd(limit).Dollars : (decimal?)null }, cancellation);

    private async Task<Job?> ActAsync(JobAct act, Job job, CancellationToken cancellation) => act switch
    {
        JobAct.Cancel => job.IsOver ? null : await jobs.CancelAsync(job.TenantId, job.Id, cancellation) is { State: JobState.Cancelled } cancelled ? cancelled : null,
        _ => await jobs.RetryAsync(job, cancellation) ? await board.FindAsync(job.Id, cancellation) : null,
    };

    /// <summary>Where a job stands, for the audit log.</summary>
    private sealed record Standing(JobState State, int Total, int Succeeded, int Failed)
    {
        public static Standing Of(Job job) => new(job.State, job.Total, job.Succeeded, job.Failed);
    }
}
