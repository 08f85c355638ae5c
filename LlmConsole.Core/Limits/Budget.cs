using LlmConsole.Core.Configuration;

namespace LlmConsole.Core.Limits;

/// <summary>What is spent and reserved of one unit in one running period. Its owner locks.</summary>
internal sealed class Budget
{
    private long _spentBefore;
    private long? _lastHeard;

    public DateTimeOffset Start { get; private set; }
    public DateTimeOffset? End { get; private set; }
    public long Spent { get; private set; }
    public long Reserved { get; private set; }

    /// <summary>Whether the books were asked what the period had seen before this process knew of it.</summary>
    public bool IsLoaded { get; private set; }

    /// <summary>Changes when what the books are being asked is of no use any more.</summary>
    public int Version { get; private set; }

    /// <summary>The last time that the books were asked, shared by all who wait for it.</summary>
    public Task<bool>? Asking { get; set; }

    /// <summary>A budget as somebody else counts it.</summary>
    public static Budget Of(DateTimeOffset start, DateTimeOffset? end, long spent, long reserved) =>
        new() { Start = start, End = end, Spent = spent, Reserved = reserved, IsLoaded = true };

    /// <summary>Enters the period of a moment. A new period begins at nothing: every call in it passes by here, or makes that it is asked for when it ends.</summary>
    public void MoveTo(Quota quota, DateTimeOffset now)
    {
        if (IsLoaded && now < (End ?? DateTimeOffset.MaxValue)) return;
        var (start, end) = QuotaCalendar.PeriodOf(quota, now);
        if (start == Start && End == end) return;
        (Start, End, Spent, Reserved, _spentBefore, _lastHeard) = (start, end, 0, 0, 0, null);
        Version++;
    }

    /// <param name="spent">What the books said.</param>
    /// <param name="settled">What calls had spent here when the books were asked: it stands there too.</param>
    public void Load(long spent, long settled)
    {
        Spent += spent - settled;
        _spentBefore = spent;
        IsLoaded = true;
    }

    /// <summary>Enters what Redis said last, where neither it nor the books can be asked. False where nothing was heard.</summary>
    public bool LoadLastHeard()
    {
        // Calls that were settled since were added to it.
        if (_lastHeard is { } spent) Load(spent, Spent);
        return IsLoaded;
    }

    /// <summary>What was spent has to be read from the books again; what is reserved by calls of this process stays.</summary>
    public void Forget()
    {
        (Spent, IsLoaded) = (0, false);
        Version++;
    }

    /// <summary>Remembers what Redis counts, for when it can't be asked.</summary>
    public void Hear(DateTimeOffset start, long spent)
    {
        if (start == Start) _lastHeard = spent;
    }

    /// <summary>What is left for one of so many instances, each of which may use its share of what was left when the books were read.</summary>
    public long Left(Quota quota, int instances = 1) =>
        instances == 1 ? quota.Limit - Spent - Reserved : (Math.Max(0, quota.Limit - _spentBefore) / instances) - (Spent - _spentBefore) - Reserved;

    /// <summary>Reserves an amount, or as much of it as can be counted: without a hard limit, worst cases may be of any size. Returns how much that was.</summary>
    public long Reserve(long amount)
    {
        amount = Math.Min(amount, long.MaxValue - Reserved);
        Reserved += amount;
        return amount;
    }

    /// <summary>Turns a reservation of the period that began at <paramref name="start"/> into spending by a call that arrived at <paramref name="arrived"/>.</summary>
    public void Settle(DateTimeOffset? start, long reserved, DateTimeOffset arrived, long actual)
    {
        if (start == Start) Reserved -= reserved;
        if (arrived < Start) return;
        if (arrived >= (End ?? DateTimeOffset.MaxValue))
        {
            // It was admitted without this budget, which was not in force then: the period that it came in didn't begin at nothing.
            Forget();
            return;
        }

        Spent = checked(Spent + actual);
        _lastHeard += actual;
    }
}

/// <summary>Budgets of one scope are told apart by what they count and when it starts anew, not by their limit: changing the limit keeps what was spent.</summary>
internal readonly record struct BudgetKey(QuotaUnit Unit, QuotaPeriod Period, string TimeZone)
{
    /// <summary>The name in Redis, where the first letter tells the unit.</summary>
    public string Name => $"{Unit.ToString().ToLowerInvariant()}/{Period.ToString().ToLowerInvariant()}/{TimeZone}";

    public static BudgetKey Of(Quota quota) => new(quota.Unit, quota.Period, quota.TimeZone);
}
