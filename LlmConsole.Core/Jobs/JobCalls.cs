using LlmConsole.Core.Chat;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Jobs;

/// <summary>The calls of a job, made in the name of whoever submitted it, on the configuration of the moment.</summary>
internal sealed class JobCalls(ChatGateway gateway, ConfigurationStore configuration, TimeProvider time)
{
    private const string Route = "job";

    /// <summary>The call of an item.</summary>
    /// <exception cref="RefusalException">Whoever submitted the job may not call any more.</exception>
    public ChatCall Create(Job job, JobItem item)
    {
        var call = new ChatCall
        {
            RequestId = item.RequestId, Caller = CallerOf(job), Route = Route, IsUnattended = true, Body = item.Body, Task = job.Task, StartedAt = time.GetUtcNow(), StartedTimestamp = time.GetTimestamp(),
        };
        return job.SpendLimitNanos is null || call.Read().MaxOutputTokens is not null ? call : call with { Caller = Capped(call.Caller) };
    }

    /// <summary>Makes the call; what comes of it.</summary>
    /// <exception cref="RefusalException">There is no answer.</exception>
    public async Task<CollectingSink> AnswerAsync(ChatCall call, CancellationToken cancellation)
    {
        var sink = new CollectingSink();
        await gateway.AnswerAsync(call, sink, cancellation);
        return sink.Failure is { } failure ? throw failure : sink;
    }

    /// <summary>How many calls of the tenant's jobs may be under way at once: never more than half of what its limits allow, so that people always find a place.</summary>
    public int ShareOf(Job job, int most)
    {
        var caller = Find(job);
        var limit = caller is null ? null : LimitPlan.For(caller).Scopes.Min(scope => scope.Limits.Concurrency);
        return limit is { } places ? Math.Clamp(places / 2, 1, most) : most;
    }

    private Caller? Find(Job job)
    {
        var snapshot = configuration.Current;
        return snapshot.CallerOf(job.TenantId, job.KeyId is null ? null : snapshot.Keys.GetValueOrDefault(job.KeyId), job.UserId);
    }

    private Caller CallerOf(Job job)
    {
        var caller = Find(job) ?? throw new RefusalException(ErrorCode.InvalidApiKey, "The tenant of this job was deleted.");
        if (caller.Tenant.Status == TenantStatus.Suspended)
            throw new RefusalException(ErrorCode.TenantSuspended, $"The tenant {caller.Tenant.Name} is suspended. Ask the administrator to resume it, then retry the failed items of the job.");
        if (job.KeyId is not null && caller.Key?.StatusAt(time.GetUtcNow()) != KeyStatus.Active)
            throw new RefusalException(ErrorCode.InvalidApiKey, "The API key that submitted this job was revoked or has expired. Submit a new job with another key.");
        return caller;
    }

    /// <summary>What a request without a cap may cost isn't known before it was made; under a spend limit it gets one.</summary>
    private static Caller Capped(Caller caller) =>
        LimitPlan.For(caller).MaxOutputTokens is not null
            ? caller
            : caller with { Tenant = caller.Tenant with { Overrides = caller.Tenant.Overrides with { MaxOutputTokens = JobSpend.DefaultOutput } } };
}
