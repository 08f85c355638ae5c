using LlmConsole.Core.Configuration;

namespace LlmConsole.Core.Limits;

/// <summary>What a call holds of one budget.</summary>
internal readonly record struct Reservation(Budget Budget, BudgetKey Key, DateTimeOffset Start, DateTimeOffset? End, long Amount);

/// <summary>Where a budget stands now, in its unit: requests, tokens, or nano-dollars.</summary>
/// <param name="ResetsAt">When the next period begins; never, for a lifetime.</param>
public sealed record QuotaStanding(LimitScope Scope, Quota Quota, long Spent, long Reserved, DateTimeOffset PeriodStart, DateTimeOffset? ResetsAt);
