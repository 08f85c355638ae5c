using LlmConsole.Core.Configuration;

namespace LlmConsole.Core.Limits;

/// <summary>What is spent and reserved of one unit in one running period. Its owner locks.</summary>
internal sealed class Budget
{
    public DateTimeOffset Start { get; private set; }
    public DateTimeOffset? End { get; private set; }
    public long Spent { get; private set; }
    public long Reserved { get; private set; }

    /// <summary>Whether the books were asked what the period had seen before this process knew of it.</summary>
    public bool IsLoaded { get; private set; }

    /// <summary>Enters the period of a moment. A new period begins at nothing: every call in it passes by here.</summary>
    public void MoveTo(Quota quota, DateTimeOffset now)
    {
        if (IsLoaded && now < (End ?? DateTimeOffset.MaxValue)) return;
        var (start, end) = QuotaCalendar.PeriodOf(quota, now);
        if (start == Start && End == end) return;
        (Start, End, Spent, Reserved) = (start, end, 0, 0);
    }

    public void Load(long spent)
    {
        Spent += spent;
        IsLoaded = true;
    }

    public long Left(Quota quota) => quota.Limit - Spent - Reserved;

    public void Reserve(long amount) => Reserved = checked(Reserved + amount);

    /// <summary>Turns a reservation of the period that began at <paramref name="start"/> into spending by a call that arrived at <paramref name="arrived"/>.</summary>
    public void Settle(DateTimeOffset? start, long reserved, DateTimeOffset arrived, long actual)
    {
        if (start == Start) Reserved -= reserved;
        if (arrived >= Start && arrived < (End ?? DateTimeOffset.MaxValue)) Spent = checked(Spent + actual);
    }
}

/// <summary>Budgets of one scope are told apart by what they count and when it starts anew, not by their limit: changing the limit keeps what was spent.</summary>
internal readonly record struct BudgetKey(QuotaUnit Unit, QuotaPeriod Period, string TimeZone)
{
    public static BudgetKey Of(Quota quota) => new(quota.Unit, quota.Period, quota.TimeZone);
}
