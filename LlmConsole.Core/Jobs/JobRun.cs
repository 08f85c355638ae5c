using System.Runtime.CompilerServices;
using LlmConsole.Core.Jobs.Pipelines;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Jobs;

/// <summary>A claimed job, while it runs here.</summary>
internal sealed class JobRun(Job claim, JobClaims claims, JobItemRunner items, PipelineRunner pipelines, JobShare share, TimeProvider time) : IDisposable
{
    /// <summary>Requests that are held in memory at once.</summary>
    private const int Page = 32;
    private static readonly TimeSpan AfterFault = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _lost = new();
    private readonly JobPace _pace = new(new JobSpend(claim.SpendLimitNanos is { } limit ? new Usd(limit) : null, new Usd(claim.SpentNanos)), time);

    public Job Claim => claim;

    /// <summary>The job is no longer this run's, or must be let go: calls under way are broken off.</summary>
    public void Lose()
    {
        try
        {
            _lost.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself.
        }
    }

    /// <summary>Runs items until all have ended, the job must pause, or the process stops; then says so in the job's row.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            await Parallel.ForEachAsync(
                PendingAsync(stopping, _lost.Token), new ParallelOptions { MaxDegreeOfParallelism = share.Places, CancellationToken = _lost.Token },
                (item, cancellation) => RunAsync(item.Item, item.Earlier, cancellation));
        }
        catch (OperationCanceledException) when (_lost.IsCancellationRequested)
        {
            // If another has the job, or it is over, this changes nothing.
            await claims.ReleaseAsync(claim, time.GetUtcNow(), CancellationToken.None);
            return;
        }
        catch
        {
            await claims.ReleaseAsync(claim, time.GetUtcNow() + AfterFault, CancellationToken.None);
            throw;
        }

        await EndAsync();
    }

    public void Dispose() => _lost.Dispose();

    private async ValueTask RunAsync(JobItem item, UsageRecord? earlier, CancellationToken cancellation)
    {
        if (!await (claim.Type == JobType.Pipeline ? pipelines.RunAsync(claim, item, share, _pace, cancellation) : CallAsync(item, earlier, cancellation))) Lose();
    }

    private async Task<bool> CallAsync(JobItem item, UsageRecord? earlier, CancellationToken cancellation)
    {
        using var place = await share.EnterAsync(cancellation);
        return (await items.RunAsync(claim, item, earlier, _pace, cancellation)).IsHeld;
    }

    private async Task EndAsync()
    {
        if (_pace.IsCapped)
        {
            var limit = new Usd(claim.SpendLimitNanos!.Value);
            await claims.FailAsync(claim, ErrorCode.SpendLimitReached.Code, $"The next request of the job may cost more than is left of its spend limit of {limit}. Submit what is left with a higher limit.", CancellationToken.None);
        }
        else if (_pace.ParkedUntil is { } until) await claims.ReleaseAsync(claim, until, CancellationToken.None, _pace.ParkedBy);
        else if ((await claims.PendingAsync(claim, -1, 1, CancellationToken.None)).Count > 0) await claims.ReleaseAsync(claim, time.GetUtcNow(), CancellationToken.None);
        else await claims.CompleteAsync(claim, CancellationToken.None);
    }

    private async IAsyncEnumerable<(JobItem Item, UsageRecord? Earlier)> PendingAsync(CancellationToken stopping, [EnumeratorCancellation] CancellationToken cancellation)
    {
        for (var after = -1; ;)
        {
            var page = await claims.PendingAsync(claim, after, Page, cancellation);
            if (page.Count == 0) yield break;
            var earlier = await items.EarlierAsync(page, cancellation);
            foreach (var item in page)
            {
                if (stopping.IsCancellationRequested || !_pace.IsOn) yield break;
                yield return (item, earlier.GetValueOrDefault(item.RequestId));
                after = item.Index;
            }
        }
    }
}
