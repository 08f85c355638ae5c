using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Limits;

/// <summary>Everything that limits the calls of one tenant, under one lock, so that a call takes all of it or nothing.</summary>
internal sealed class TenantBook
{
    private const int ScopesBeforeSweep = 4_096;

    private readonly Lock _lock = new();
    private readonly Dictionary<(ScopeKind, string), ScopeBook> _scopes = [];
    private readonly HashSet<string> _running = new(StringComparer.Ordinal);

    /// <summary>Budgets of the plan that the books must be asked about first, and the calls whose spending is still to come.</summary>
    public List<(LimitScope Scope, Quota Quota, Budget Budget)>? Unknown(LimitPlan plan, DateTimeOffset now, out string[] running)
    {
        List<(LimitScope, Quota, Budget)>? unknown = null;
        lock (_lock)
        {
            foreach (var scope in plan.Scopes)
            {
                foreach (var quota in scope.Quotas)
                {
                    var budget = BookOf(scope).BudgetOf(quota);
                    budget.MoveTo(quota, now);
                    if (!budget.IsLoaded) (unknown ??= []).Add((scope, quota, budget));
                }
            }

            running = unknown is null ? [] : [.. _running];
        }

        return unknown;
    }

    /// <summary>Enters what the books said, unless somebody else did meanwhile or the period is over.</summary>
    public void Load(Budget budget, DateTimeOffset start, long spent)
    {
        lock (_lock)
        {
            if (!budget.IsLoaded && budget.Start == start) budget.Load(spent);
        }
    }

    /// <summary>Takes everything that the call may need, or nothing.</summary>
    /// <exception cref="RefusalException">Something doesn't fit.</exception>
    public Admission Admit(LimitPlan plan, in Demand demand, string requestId, DateTimeOffset now, long second)
    {
        lock (_lock)
        {
            var scopes = new (LimitScope Scope, ScopeBook Book)[plan.Scopes.Count];
            for (var i = 0; i < scopes.Length; i++)
            {
                scopes[i] = (plan.Scopes[i], BookOf(plan.Scopes[i]));
                scopes[i].Book.MoveTo(second);
            }

            var check = new LimitCheck(scopes, demand, now);
            check.Calls();
            var output = check.Output(plan, out var wanted);
            var tokens = demand.WorstCase(QuotaUnit.Tokens, output ?? 0);
            _running.Add(requestId);
            return new Admission(this, scopes, requestId, now, second)
            {
                IsLowered = output < wanted,
                OutputCap = output is { } cap && cap != demand.OutputAsked ? (int)Math.Min(cap, int.MaxValue) : null,
                Reservations = Take(scopes, demand, output ?? 0, tokens),
                ReservedTokens = tokens,
                Report = LimitCheck.Report(scopes),
            };
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
                if (scope.Limits.TokensPerMinute is not null) book.Tokens.Correct(admission.Second, actual.Tokens - admission.ReservedTokens);
                foreach (var (key, budget) in book.Budgets)
                {
                    var held = Array.Find(admission.Reservations, reservation => reservation.Budget == budget);
                    budget.Settle(held.Budget is null ? null : held.Start, held.Amount, admission.At, actual.Of(key.Unit));
                }
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
                book.Requests.Correct(admission.Second, -1);
                if (scope.Limits.TokensPerMinute is not null) book.Tokens.Correct(admission.Second, -admission.ReservedTokens);
            }

            foreach (var (budget, start, amount) in admission.Reservations) budget.Settle(start, amount, admission.At, 0);
        }
    }

    /// <summary>Where the budgets of the plan stand.</summary>
    public IReadOnlyList<QuotaStanding> Standings(LimitPlan plan, DateTimeOffset now)
    {
        var standings = new List<QuotaStanding>();
        lock (_lock)
        {
            foreach (var scope in plan.Scopes)
            {
                foreach (var quota in scope.Quotas)
                {
                    var budget = BookOf(scope).BudgetOf(quota);
                    budget.MoveTo(quota, now);
                    standings.Add(new QuotaStanding(scope, quota, budget.Spent, budget.Reserved, budget.Start, budget.End));
                }
            }
        }

        return standings;
    }

    private static Reservation[] Take((LimitScope Scope, ScopeBook Book)[] scopes, in Demand demand, long output, long tokens)
    {
        var reservations = new List<Reservation>();
        foreach (var (scope, book) in scopes)
        {
            book.Running++;
            book.Requests.Add(1);
            if (scope.Limits.TokensPerMinute is not null) book.Tokens.Add(tokens);
            foreach (var quota in scope.Quotas)
            {
                var budget = book.BudgetOf(quota);
                if (reservations.Exists(reservation => reservation.Budget == budget)) continue;
                var amount = demand.WorstCase(quota.Unit, output);
                budget.Reserve(amount);
                reservations.Add(new Reservation(budget, budget.Start, amount));
            }
        }

        return [.. reservations];
    }

    private ScopeBook BookOf(LimitScope scope)
    {
        if (_scopes.TryGetValue((scope.Kind, scope.Id), out var book)) return book;
        if (_scopes.Count >= ScopesBeforeSweep) Sweep();
        return _scopes[(scope.Kind, scope.Id)] = new ScopeBook();
    }

    private void Sweep()
    {
        foreach (var (id, book) in _scopes)
        {
            if (book.IsIdle) _scopes.Remove(id);
        }
    }
}

/// <summary>What a call holds of one budget.</summary>
internal readonly record struct Reservation(Budget Budget, DateTimeOffset Start, long Amount);

/// <summary>Where a budget stands now, in its unit: requests, tokens, or nano-dollars.</summary>
/// <param name="ResetsAt">When the next period begins; never, for a lifetime.</param>
public sealed record QuotaStanding(LimitScope Scope, Quota Quota, long Spent, long Reserved, DateTimeOffset PeriodStart, DateTimeOffset? ResetsAt);
