using LlmConsole.Core.Configuration;

namespace LlmConsole.Core.Limits;

/// <summary>The windows, slots and budgets of one scope. Its owner locks.</summary>
internal sealed class ScopeBook
{
    private SlidingWindow _requests;
    private SlidingWindow _tokens;

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

    public void MoveTo(long second)
    {
        _requests.MoveTo(second);
        _tokens.MoveTo(second);
    }

    /// <summary>Nothing would be lost if this were forgotten: budgets are read from the books again.</summary>
    public bool IsIdle => Running == 0 && _requests.Sum == 0 && _tokens.Sum == 0;
}
