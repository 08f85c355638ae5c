using System.Collections.Concurrent;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Limits;

/// <summary>Admits calls within the limits and budgets of tenant, key and user: all of them, or none is touched. In memory, for one instance; what was spent comes from the books.</summary>
public sealed class Limiter(ISpendHistory history, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, TenantBook> _tenants = new(StringComparer.Ordinal);
    private readonly long _origin = time.GetTimestamp();

    /// <summary>Takes a place for one call and reserves its worst case. Dispose it when the call is over.</summary>
    /// <exception cref="RefusalException">A limit is reached or a budget used up; the refusal names it, what is left and when it frees.</exception>
    public ValueTask<Admission> AdmitAsync(LimitPlan plan, Demand demand, string requestId, CancellationToken cancellation)
    {
        var (book, now) = (BookOf(plan), time.GetUtcNow());
        return book.Unknown(plan, now, out var running) is { } unknown
            ? AskAndAdmitAsync(book, plan, demand, requestId, unknown, running, cancellation)
            : ValueTask.FromResult(Admit(book, plan, demand, requestId, now));
    }

    /// <summary>Spent and reserved of every budget in the plan.</summary>
    public async ValueTask<IReadOnlyList<QuotaStanding>> StandingsAsync(LimitPlan plan, CancellationToken cancellation)
    {
        var (book, now) = (BookOf(plan), time.GetUtcNow());
        if (book.Unknown(plan, now, out var running) is { } unknown) await AskAsync(book, plan, unknown, running, cancellation);
        return book.Standings(plan, now);
    }

    private async ValueTask<Admission> AskAndAdmitAsync(
        TenantBook book, LimitPlan plan, Demand demand, string requestId, List<(LimitScope, Quota, Budget)> unknown, string[] running, CancellationToken cancellation)
    {
        await AskAsync(book, plan, unknown, running, cancellation);
        return Admit(book, plan, demand, requestId, time.GetUtcNow());
    }

    private async ValueTask AskAsync(TenantBook book, LimitPlan plan, List<(LimitScope Scope, Quota Quota, Budget Budget)> unknown, string[] running, CancellationToken cancellation)
    {
        foreach (var (scope, quota, budget) in unknown)
        {
            var start = budget.Start;
            book.Load(budget, start, await history.SpentAsync(plan.TenantId, scope, quota.Unit, start, running, cancellation));
        }
    }

    private Admission Admit(TenantBook book, LimitPlan plan, in Demand demand, string requestId, DateTimeOffset now)
    {
        if (demand.PromptTokens > plan.MaxPromptTokens)
            throw new RefusalException(ErrorCode.ContextLengthExceeded, $"The prompt may have {demand.PromptTokens} tokens, and at most {plan.MaxPromptTokens} are allowed. Send a shorter one.", "messages");
        return book.Admit(plan, demand, requestId, now, Second());
    }

    internal long Second() => (long)time.GetElapsedTime(_origin).TotalSeconds;

    private TenantBook BookOf(LimitPlan plan) => _tenants.GetOrAdd(plan.TenantId, static _ => new TenantBook());
}
