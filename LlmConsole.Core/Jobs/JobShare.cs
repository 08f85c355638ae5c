using System.Collections.Concurrent;
using LlmConsole.Core.Jobs.Pipelines;

namespace LlmConsole.Core.Jobs;

/// <summary>What a job may have of the calls that all jobs of its tenant may have under way at once, here.</summary>
/// <param name="places">By the limits of the moment.</param>
internal sealed class JobShare(TenantCalls tenant, Func<int> places)
{
    public int Places => places();

    /// <summary>Takes a place, until the result is disposed.</summary>
    public Task<TenantCalls.Place> EnterAsync(CancellationToken cancellation) => tenant.EnterAsync(places, cancellation);
}

/// <summary>Makes runs of claimed jobs.</summary>
internal sealed class JobRuns(JobClaims claims, JobItemRunner items, PipelineRunner pipelines, JobCalls calls, JobOptions options, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, TenantCalls> _tenants = new();

    public JobRun Create(Job claim)
    {
        var tenant = _tenants.GetOrAdd(claim.TenantId, static _ => new TenantCalls());
        return new JobRun(claim, claims, items, pipelines, new JobShare(tenant, () => calls.ShareOf(claim, options.Concurrency)), time);
    }
}
