using LlmConsole.Core.Configuration;

namespace LlmConsole.Core.Limits;

/// <summary>What a call holds of one budget.</summary>
internal readonly record struct Reservation(Budget Budget, BudgetKey Key, DateTimeOffset Start, DateTimeOffset? End, long Amount)
{
    /// <summary>Where that of a budget stands; negative where there is none.</summary>
    public static int IndexOf(ReadOnlySpan<Reservation> reservations, Budget budget)
    {
        for (var i = 0; i < reservations.Length; i++)
        {
            if (reservations[i].Budget == budget) return i;
        }

        return -1;
    }
}

/// <summary>Where a budget stands now, in its unit: requests, tokens, or nano-dollars.</summary>
/// <param name="ResetsAt">When the next period begins; never, for a lifetime.</param>
public sealed record QuotaStanding(LimitScope Scope, Quota Quota, long Spent, long Reserved, DateTimeOffset PeriodStart, DateTimeOffset? ResetsAt);

/// <summary>What the books must be asked: how much of a budget was spent since its period began.</summary>
/// <param name="Version">The budget's, when it is asked.</param>
/// <param name="Settled">What calls have spent of it here when it is asked.</param>
internal readonly record struct BudgetQuestion(LimitScope Scope, Quota Quota, Budget Budget, DateTimeOffset Start, int Version, long Settled);
