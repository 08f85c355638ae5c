using LlmConsole.Core.Configuration;

namespace LlmConsole.Core.Limits;

/// <summary>The windows, slots and budgets of one scope. Its owner locks.</summary>
internal sealed class ScopeBook
{
    private SlidingWindow _requests;
    private SlidingWindow _tokens;
    private Untold? _untold;

    public int Running { get; set; }
    public Dictionary<BudgetKey, Budget> Budgets { get; } = [];
    public ref SlidingWindow Requests => ref _requests;
    public ref SlidingWindow Tokens => ref _tokens;

    public Budget BudgetOf(Quota quota)
    {
        var key = BudgetKey.Of(quota);
        if (!Budgets.TryGetValue(key, out var budget)) Budgets[key] = budget = new Budget();
        return budget;
    }

    /// <summary>Counts what a call used in every budget that there is, also in those that it wasn't admitted under.</summary>
    public void Settle(Admission admission, in Consumption actual)
    {
        foreach (var (key, budget) in Budgets)
        {
            var index = Reservation.IndexOf(admission.Reservations, budget);
            var held = index < 0 ? default : admission.Reservations[index];
            budget.Settle(index < 0 ? null : held.Start, held.Amount, admission.At, actual.Of(key.Unit));
        }
    }

    public void MoveTo(long second)
    {
        _requests.MoveTo(second);
        _tokens.MoveTo(second);
        _untold?.MoveTo(second);
    }

    /// <summary>Counts a call that Redis doesn't know of, so that it can be told later.</summary>
    public void AddUntold(long second, long tokens)
    {
        _untold ??= new Untold();
        _untold.MoveTo(second);
        _untold.Requests.Add(1);
        _untold.Tokens.Add(tokens);
    }

    /// <summary>Corrects what <see cref="AddUntold"/> counted, or takes out what was told.</summary>
    public void CorrectUntold(long second, long requests, long tokens)
    {
        _untold?.Requests.Correct(second, requests);
        _untold?.Tokens.Correct(second, tokens);
    }

    /// <summary>The last minute, second by second, and how much of it Redis hasn't been told.</summary>
    public IEnumerable<OwnSecond> Minute(long now)
    {
        MoveTo(now);
        for (var age = 0; age <= SlidingWindow.Seconds; age++)
        {
            var (requests, tokens) = (_requests.Ago(age), _tokens.Ago(age));
            if (requests != 0 || tokens != 0) yield return new OwnSecond(age, requests, tokens, _untold?.Requests.Ago(age) ?? 0, _untold?.Tokens.Ago(age) ?? 0);
        }
    }

    /// <summary>When somebody wanted it last: a budget that was just read belongs to a call that will be entered.</summary>
    public long TakenAt { get; set; }

    /// <summary>Nothing would be lost if this were forgotten: budgets are read from the books again.</summary>
    public bool IsIdleAt(long second) =>
        second - TakenAt > SlidingWindow.Seconds && Running == 0 && _requests.Sum == 0 && _tokens.Sum == 0 && Budgets.Values.All(budget => budget.Reserved == 0);

    private sealed class Untold
    {
        private SlidingWindow _requests;
        private SlidingWindow _tokens;

        public ref SlidingWindow Requests => ref _requests;
        public ref SlidingWindow Tokens => ref _tokens;

        public void MoveTo(long second)
        {
            _requests.MoveTo(second);
            _tokens.MoveTo(second);
        }
    }
}

/// <summary>What this process admitted in one second, so many seconds ago, and how much of it Redis doesn't know.</summary>
internal readonly record struct OwnSecond(int Age, long Requests, long Tokens, long UntoldRequests, long UntoldTokens);
