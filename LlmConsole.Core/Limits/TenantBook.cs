using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Limits;

/// <summary>
/// Everything that limits the calls of one tenant, under one lock, so that a call takes all of it or nothing. With Redis it follows what this
/// process does there, and stands in for it while it is away.
/// </summary>
internal sealed class TenantBook
{
    private readonly Lock _lock = new();
    private readonly ScopeBooks _scopes = new();
    private readonly Dictionary<string, Admission> _running = new(StringComparer.Ordinal);
    private bool _standsIn;

    /// <summary>Holders of limits that are in memory.</summary>
    internal int Scopes
    {
        get
        {
            lock (_lock) return _scopes.Count;
        }
    }

    /// <summary>Budgets of the plan that the books must be asked about first, and the calls whose spending is still to come.</summary>
    public List<BudgetQuestion>? Unknown(LimitPlan plan, DateTimeOffset now, long second, out string[] running)
    {
        List<BudgetQuestion>? unknown = null;
        lock (_lock)
        {
            for (var i = 0; i < plan.Scopes.Count; i++)
            {
                var (scope, book) = (plan.Scopes[i], _scopes.Of(plan.Scopes[i], second));
                for (var j = 0; j < scope.Quotas.Count; j++)
                {
                    var (quota, budget) = (scope.Quotas[j], book.BudgetOf(scope.Quotas[j]));
                    budget.MoveTo(quota, now);
                    if (!budget.IsLoaded) (unknown ??= []).Add(new BudgetQuestion(scope, quota, budget, budget.Start, budget.Version, budget.Spent));
                }
            }

            running = unknown is null ? [] : [.. _running.Keys];
        }

        return unknown;
    }

    /// <summary>Has one of those who want to know a budget ask the books, and the others wait for it: just after a start, every call wants to.</summary>
    public Task<bool> Ask(Budget budget, Func<Task<bool>> ask)
    {
        lock (_lock) return budget.Asking is { IsCompleted: false } asking ? asking : budget.Asking = Task.Run(ask);
    }

    /// <summary>Enters what the books said, unless somebody else did meanwhile or it is of no use any more. Where they said nothing, what Redis said last; false where there is nothing.</summary>
    public bool Load(in BudgetQuestion question, long? spent)
    {
        lock (_lock)
        {
            var budget = question.Budget;
            if (budget.IsLoaded || budget.Version != question.Version) return true;
            if (spent is not { } known) return budget.LoadLastHeard();
            budget.Load(known, question.Settled);
            return true;
        }
    }

    /// <summary>From now on this process decides by itself: what others spent, only the books know.</summary>
    public void StandIn()
    {
        lock (_lock)
        {
            if (_standsIn) return;
            _standsIn = true;
            foreach (var budget in _scopes.All.SelectMany(scope => scope.Value.Budgets.Values)) budget.Forget();
        }
    }

    /// <summary>Takes everything that the call may need, or nothing. None where a hard budget isn't known, or was forgotten since it was.</summary>
    /// <exception cref="RefusalException">Something doesn't fit.</exception>
    public Admission? Admit(LimitPlan plan, in Demand demand, string requestId, DateTimeOffset now, long second)
    {
        lock (_lock)
        {
            var scopes = ScopesOf(plan, second);
            if (!AreKnown(scopes)) return null;
            var check = new LimitCheck(scopes, demand, now, plan.Instances);
            check.Calls();
            var output = check.Output(plan, out var wanted);
            return Enter(scopes, demand, new Admission(this, plan, scopes, requestId, now, second), output, wanted, report: null);
        }
    }

    /// <summary>Enters a call that Redis has admitted.</summary>
    public Admission Follow(LimitPlan plan, in Demand demand, string requestId, DateTimeOffset now, long second, in RedisGrant grant)
    {
        lock (_lock)
        {
            _standsIn = false;
            var scopes = ScopesOf(plan, second);
            var reply = grant.Reply;
            var next = 0;
            foreach (var (scope, book) in scopes)
            {
                for (var i = 0; i < scope.Quotas.Count; i++)
                {
                    var budget = book.BudgetOf(scope.Quotas[i]);
                    budget.MoveTo(scope.Quotas[i], now);
                    budget.Hear(reply.Spent[next].Start, reply.Spent[next].Amount);
                    next++;
                }
            }

            return Enter(scopes, demand, new Admission(this, plan, scopes, requestId, now, second) { Shared = grant.Tenant }, reply.Output, LimitCheck.Wanted(plan, demand), reply.Report);
        }
    }

    public void Release(Admission admission)
    {
        lock (_lock)
        {
            foreach (var (_, book) in admission.Scopes) book.Running--;
        }
    }

    public void Settle(Admission admission, in Consumption actual)
    {
        lock (_lock)
        {
            _running.Remove(admission.RequestId);
            foreach (var (scope, book) in admission.Scopes)
            {
                if (scope.Limits.TokensPerMinute is not null) Correct(book, admission, 0, actual.Tokens - admission.ReservedTokens);
                book.Settle(admission, actual);
            }

            foreach (var id in admission.Unlimited)
            {
                if (_scopes.TryFind(id, out var book)) book.Settle(admission, actual);
            }
        }
    }

    /// <summary>Undoes an admission as if it had never been.</summary>
    public void Cancel(Admission admission)
    {
        lock (_lock)
        {
            _running.Remove(admission.RequestId);
            foreach (var (scope, book) in admission.Scopes)
            {
                book.Running--;
                Correct(book, admission, -1, scope.Limits.TokensPerMinute is null ? 0 : -admission.ReservedTokens);
            }

            foreach (var held in admission.Reservations) held.Budget.Settle(held.Start, held.Amount, admission.At, 0);
        }
    }

    /// <summary>Where the budgets of the plan stand.</summary>
    public IReadOnlyList<QuotaStanding> Standings(LimitPlan plan, DateTimeOffset now, long second)
    {
        var standings = new List<QuotaStanding>();
        lock (_lock)
        {
            foreach (var scope in plan.Scopes)
            {
                foreach (var quota in scope.Quotas)
                {
                    var budget = _scopes.Of(scope, second).BudgetOf(quota);
                    budget.MoveTo(quota, now);
                    standings.Add(new QuotaStanding(scope, quota, budget.Spent, budget.Reserved, budget.Start, budget.End));
                }
            }
        }

        return standings;
    }

    /// <summary>The calls that this process has under way.</summary>
    public Admission[] Running()
    {
        lock (_lock) return [.. _running.Values];
    }

    /// <summary>Where a caller stands with its limits.</summary>
    public LimitReport Report(LimitPlan plan, long second)
    {
        lock (_lock) return LimitCheck.Report(ScopesOf(plan, second));
    }

    public bool IsRunning(Admission admission)
    {
        lock (_lock) return _running.ContainsKey(admission.RequestId);
    }

    /// <summary>What this process admitted in the last minute, by scope.</summary>
    public ((ScopeKind Kind, string Id) Scope, OwnSecond[] Seconds)[] Minute(long second)
    {
        lock (_lock) return [.. _scopes.All.Select(scope => (scope.Key, scope.Value.Minute(second).ToArray())).Where(scope => scope.Item2.Length > 0)];
    }

    /// <summary>Redis knows now what <see cref="Minute"/> said, and of these calls.</summary>
    public void Told(((ScopeKind Kind, string Id) Scope, OwnSecond[] Seconds)[] minute, long second, IEnumerable<Admission> calls, RedisTenant tenant)
    {
        lock (_lock)
        {
            foreach (var (id, seconds) in minute)
            {
                if (!_scopes.TryFind(id, out var book)) continue;
                foreach (var own in seconds) book.CorrectUntold(second - own.Age, -own.UntoldRequests, -own.UntoldTokens);
            }

            foreach (var call in calls) call.Shared = tenant;
        }
    }

    private static void Correct(ScopeBook book, Admission admission, long requests, long tokens)
    {
        book.Requests.Correct(admission.Second, requests);
        book.Tokens.Correct(admission.Second, tokens);
        if (admission.Shared is null) book.CorrectUntold(admission.Second, requests, tokens);
    }

    private Admission Enter((LimitScope Scope, ScopeBook Book)[] scopes, in Demand demand, Admission admission, long? output, long? wanted, LimitReport? report)
    {
        var tokens = demand.WorstCase(QuotaUnit.Tokens, output ?? 0);
        admission.Grant(
            outputCap: output is { } cap && cap != demand.OutputAsked ? (int)Math.Min(cap, int.MaxValue) : null,
            isLowered: output < wanted,
            Take(scopes, demand, output ?? 0, tokens),
            tokens);
        if (_standsIn && admission.Shared is null)
        {
            foreach (var (scope, book) in scopes) book.AddUntold(admission.Second, scope.Limits.TokensPerMinute is null ? 0 : tokens);
        }

        admission.Report = report ?? LimitCheck.Report(scopes);
        _running[admission.RequestId] = admission;
        return admission;
    }

    private static Reservation[] Take((LimitScope Scope, ScopeBook Book)[] scopes, in Demand demand, long output, long tokens)
    {
        var most = 0;
        foreach (var (scope, _) in scopes) most += scope.Quotas.Count;
        var reservations = most == 0 ? [] : new Reservation[most];
        var count = 0;
        foreach (var (scope, book) in scopes)
        {
            book.Running++;
            book.Requests.Add(1);
            if (scope.Limits.TokensPerMinute is not null) book.Tokens.Add(tokens);
            for (var i = 0; i < scope.Quotas.Count; i++)
            {
                var quota = scope.Quotas[i];
                var budget = book.BudgetOf(quota);
                if (Reservation.IndexOf(reservations.AsSpan(0, count), budget) >= 0) continue;
                var amount = budget.Reserve(demand.WorstCase(quota.Unit, output));
                reservations[count++] = new Reservation(budget, BudgetKey.Of(quota), budget.Start, budget.End, amount);
            }
        }

        return count == most ? reservations : reservations[..count];
    }

    private static bool AreKnown((LimitScope Scope, ScopeBook Book)[] scopes)
    {
        foreach (var (scope, book) in scopes)
        {
            for (var i = 0; i < scope.Quotas.Count; i++)
            {
                if (scope.Quotas[i].Hard && !book.BudgetOf(scope.Quotas[i]).IsLoaded) return false;
            }
        }

        return true;
    }

    private (LimitScope Scope, ScopeBook Book)[] ScopesOf(LimitPlan plan, long second)
    {
        _scopes.Tidy(second);
        var scopes = new (LimitScope Scope, ScopeBook Book)[plan.Scopes.Count];
        for (var i = 0; i < scopes.Length; i++)
        {
            scopes[i] = (plan.Scopes[i], _scopes.Of(plan.Scopes[i], second));
            scopes[i].Book.MoveTo(second);
        }

        return scopes;
    }
}
