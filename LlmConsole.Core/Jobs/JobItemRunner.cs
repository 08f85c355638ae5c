using LlmConsole.Core.Idempotency;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Jobs;

/// <summary>Brings one item to its end: calls, waits where a limit says so, calls again, and writes down what came of it.</summary>
internal sealed class JobItemRunner(JobClaims claims, JobCalls calls, UsageQueries books, TimeProvider time)
{
    /// <summary>So often a provider that throttles is given time; a tenant's own limits are waited for until the job expires.</summary>
    private const int MostThrottled = 10;

    /// <summary>Longer waits aren't sat out: the job is put back, and another may run.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(1);

    /// <summary>The calls that the books already hold for these items: those of a worker that was killed before it could write down their end.</summary>
    public Task<IReadOnlyDictionary<string, UsageRecord>> EarlierAsync(IReadOnlyList<JobItem> items, CancellationToken cancellation) =>
        books.FindAllAsync([.. items.Select(item => item.RequestId)], cancellation);

    /// <summary>Runs an item until it ended or the job pauses.</summary>
    /// <param name="earlier">
    /// What the books say of its call. An answered one whose answer was lost is made again under the same id: the books keep one record for an id, so that it is paid once.
    /// </param>
    /// <returns>Whether the claim still holds; and the item as it ended, none while it hasn't.</returns>
    public async Task<(bool IsHeld, JobItem? Ended)> RunAsync(Job claim, JobItem item, UsageRecord? earlier, JobPace pace, CancellationToken cancellation)
    {
        var isSpent = earlier is { Outcome: not Outcome.Answered };
        for (var throttled = 0; ;)
        {
            if (isSpent && !await claims.NextAttemptAsync(claim, item, cancellation)) return (false, null);
            if (isSpent) (item, earlier) = (item with { Attempt = item.Attempt + 1 }, null);
            await pace.WaitAsync(cancellation);
            if (!pace.IsOn) return (true, null);
            try
            {
                if (await AnswerAsync(claim, item, earlier, pace, cancellation) is not { } ended) return (true, null);
                return (await SaveAsync(claim, ended, cancellation), ended);
            }
            catch (RefusalException refusal)
            {
                if (refusal.Error == ErrorCode.Overloaded) throttled++;
                if (WaitFor(refusal, throttled) is not { } wait)
                {
                    var failed = Failed(item, refusal);
                    return (await SaveAsync(claim, failed, cancellation), failed);
                }

                if (wait > LongestPause) pace.Park(wait, refusal);
                else pace.Pause(wait);
                isSpent = true;
            }
        }
    }

    /// <summary>The item with its answer; none when the job's spend limit doesn't afford it.</summary>
    private async Task<JobItem?> AnswerAsync(Job claim, JobItem item, UsageRecord? earlier, JobPace pace, CancellationToken cancellation)
    {
        var call = calls.Create(claim, item);
        if (await pace.Spend.TryReserveAsync(call, cancellation) is not { } reserved)
        {
            pace.Cap();
            return null;
        }

        var cost = Usd.Zero;
        try
        {
            var answer = await calls.AnswerAsync(call, cancellation);
            cost = earlier?.Cost ?? answer.Cost;
            return item with { State = JobItemState.Succeeded, Result = answer.Body, CostNanos = cost.Nanos, EndedAt = time.GetUtcNow() };
        }
        finally
        {
            pace.Spend.Settle(reserved, cost);
        }
    }

    /// <summary>Writes down how an item ended, and tries until the database takes it: an answer that was paid for isn't given up because the database is away. False when the claim was lost.</summary>
    public async Task<bool> SaveAsync(Job claim, JobItem ended, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                return await claims.SaveAsync(claim, ended, cancellation);
            }
            catch (Exception e) when (IdempotencyStore.IsOfDatabase(e))
            {
                await Task.Delay(ShortestWait, time, cancellation);
            }
        }
    }

    private JobItem Failed(JobItem item, RefusalException refusal) =>
        item with { State = JobItemState.Failed, ErrorCode = refusal.Error.Code, Error = UsageText.Of(refusal.Message), EndedAt = time.GetUtcNow() };

    /// <summary>How long to wait before the item is tried again; none when that can't help.</summary>
    private static TimeSpan? WaitFor(RefusalException refusal, int throttled)
    {
        if (refusal.Error == ErrorCode.InsufficientQuota) return refusal.RetryAfter;
        if (refusal.Error != ErrorCode.RateLimitExceeded && (refusal.Error != ErrorCode.Overloaded || throttled > MostThrottled)) return null;
        return refusal.RetryAfter is { } wait && wait > ShortestWait ? wait : ShortestWait;
    }
}
