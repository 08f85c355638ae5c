using System.Collections.Concurrent;
using LlmConsole.Core.Telemetry;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Limits;

/// <summary>
/// Admits calls within the limits and budgets of tenant, key and user: all of them, or none is touched. One instance counts in its memory;
/// several count in Redis, and each within its share in its memory while Redis is away. What was spent comes from the books.
/// </summary>
public sealed class Limiter(ISpendHistory history, RedisLimits shared, TimeProvider time)
{
    /// <summary>What the books said may be forgotten before it is used; each time somebody else's call made it so.</summary>
    private const int MostTries = 20;

    private static readonly TimeSpan BooksAway = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, TenantBook> _tenants = new(StringComparer.Ordinal);
    private readonly long _origin = time.GetTimestamp();

    /// <summary>Takes a place for one call and reserves its worst case. Settle or cancel it when the call is over.</summary>
    /// <exception cref="RefusalException">A limit is reached or a budget used up; the refusal names it, what is left and when it frees.</exception>
    public ValueTask<Admission> AdmitAsync(LimitPlan plan, Demand demand, string requestId, CancellationToken cancellation)
    {
        if (demand.PromptTokens > plan.MaxPromptTokens)
            throw new RefusalException(ErrorCode.ContextLengthExceeded, $"The prompt may have {demand.PromptTokens} tokens, and at most {plan.MaxPromptTokens} are allowed. Send a shorter one.", "messages");
        var book = BookOf(plan);
        return shared.IsConfigured ? SharedAsync(book, plan, demand, requestId, cancellation) : OwnAsync(book, plan, demand, requestId, LimitMetrics.Memory, cancellation);
    }

    /// <summary>Spent and reserved of every budget in the plan.</summary>
    public async ValueTask<IReadOnlyList<QuotaStanding>> StandingsAsync(LimitPlan plan, CancellationToken cancellation)
    {
        var (book, now) = (BookOf(plan), time.GetUtcNow());
        if (shared.IsConfigured)
        {
            if (await shared.Of(plan.TenantId, book).StandingsAsync(plan, now, Second(), cancellation) is { } standings) return standings;
            book.StandIn();
        }

        if (book.Unknown(plan, now, Second(), out var running) is { } unknown) await AskAsync(book, plan, unknown, running, cancellation);
        return book.Standings(plan, now, Second());
    }

    /// <summary>Where the caller stands with its limits, for an answer that isn't a call.</summary>
    public async ValueTask<LimitReport> ReportAsync(LimitPlan plan, CancellationToken cancellation)
    {
        if (!plan.Scopes.Any(scope => scope.Limits is { RequestsPerMinute: not null } or { TokensPerMinute: not null })) return LimitReport.Unlimited;
        var book = BookOf(plan);
        if (!shared.IsConfigured) return book.Report(plan, Second());
        return await shared.Of(plan.TenantId, book).ReportAsync(plan, time.GetUtcNow(), Second(), cancellation) ?? book.Report(plan.ShareOf(shared.Instances), Second());
    }

    internal long Second() => (long)time.GetElapsedTime(_origin).TotalSeconds;

    private async ValueTask<Admission> SharedAsync(TenantBook book, LimitPlan plan, Demand demand, string requestId, CancellationToken cancellation)
    {
        try
        {
            if (await shared.Of(plan.TenantId, book).AdmitAsync(plan, demand, requestId, time.GetUtcNow(), Second(), cancellation) is { } admission)
                return Decided(admission, LimitMetrics.Redis);
        }
        catch (RefusalException)
        {
            LimitMetrics.Decided("refused", LimitMetrics.Redis);
            throw;
        }

        book.StandIn();
        return await OwnAsync(book, plan.ShareOf(shared.Instances), demand, requestId, LimitMetrics.Share, cancellation);
    }

    private ValueTask<Admission> OwnAsync(TenantBook book, LimitPlan plan, Demand demand, string requestId, string store, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        return book.Unknown(plan, now, Second(), out _) is null && Admit(book, plan, demand, requestId, store, now) is { } admission
            ? ValueTask.FromResult(admission)
            : AskAndAdmitAsync(book, plan, demand, requestId, store, cancellation);
    }

    private async ValueTask<Admission> AskAndAdmitAsync(TenantBook book, LimitPlan plan, Demand demand, string requestId, string store, CancellationToken cancellation)
    {
        for (var tries = 0; tries < MostTries; tries++)
        {
            if (book.Unknown(plan, time.GetUtcNow(), Second(), out var running) is { } unknown) await AskAsync(book, plan, unknown, running, cancellation);
            if (Admit(book, plan, demand, requestId, store, time.GetUtcNow()) is { } admission) return admission;
        }

        throw Unreadable("the budgets");
    }

    private async ValueTask AskAsync(TenantBook book, LimitPlan plan, List<BudgetQuestion> unknown, string[] running, CancellationToken cancellation)
    {
        foreach (var question in unknown)
        {
            var isKnown = await book.Ask(question.Budget, () => LoadAsync(book, plan.TenantId, question, running)).WaitAsync(cancellation);
            if (!isKnown && question.Quota.Hard) throw Unreadable(QuotaText.Limit(question.Quota));
        }
    }

    /// <summary>Goes on when its caller leaves, for those who wait for it too.</summary>
    private async Task<bool> LoadAsync(TenantBook book, string tenantId, BudgetQuestion question, string[] running) =>
        book.Load(question, await history.SpentAsync(tenantId, question.Scope, question.Quota.Unit, question.Start, running, CancellationToken.None));

    private static RefusalException Unreadable(string what) =>
        new(ErrorCode.Overloaded, $"What is left of {what} isn't known, because the books can't be read at the moment. Try again in a few seconds.") { RetryAfter = BooksAway };

    private Admission? Admit(TenantBook book, LimitPlan plan, in Demand demand, string requestId, string store, DateTimeOffset now)
    {
        try
        {
            return book.Admit(plan, demand, requestId, now, Second()) is { } admission ? Decided(admission, store) : null;
        }
        catch (RefusalException)
        {
            LimitMetrics.Decided("refused", store);
            throw;
        }
    }

    private static Admission Decided(Admission admission, string store)
    {
        LimitMetrics.Decided(admission.IsLowered ? "lowered" : "admitted", store);
        return admission;
    }

    private TenantBook BookOf(LimitPlan plan) => _tenants.GetOrAdd(plan.TenantId, static _ => new TenantBook());
}
