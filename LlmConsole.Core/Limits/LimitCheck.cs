using System.Globalization;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Limits;

/// <summary>Holds a call against the limits of its scopes, without taking anything.</summary>
internal readonly ref struct LimitCheck((LimitScope Scope, ScopeBook Book)[] scopes, Demand demand, DateTimeOffset now, int instances = 1)
{
    private const int WindowSeconds = SlidingWindow.Seconds;

    /// <summary>What limits per call leave of the output that the request asks for, per choice; none when nothing bounds it.</summary>
    public static long? Wanted(LimitPlan plan, in Demand demand)
    {
        var wanted = demand.OutputAsked is { } asked && asked < (plan.MaxOutputTokens ?? int.MaxValue) ? asked : plan.MaxOutputTokens ?? demand.OutputAsked;
        return wanted ?? (plan.HasTokenBudget ? Demand.DefaultOutput : null);
    }

    /// <summary>Calls at once and per minute.</summary>
    public void Calls()
    {
        foreach (var (scope, book) in scopes)
        {
            if (book.Requests.Sum >= scope.Limits.RequestsPerMinute)
                throw Limited($"{scope.Label} may make {scope.Limits.RequestsPerMinute} requests a minute, and has made them", book.Requests.SecondsUntilFreed(book.Requests.Sum - scope.Limits.RequestsPerMinute.Value + 1));
            if (book.Running >= scope.Limits.Concurrency)
                throw Limited($"{scope.Label} may have {scope.Limits.Concurrency} calls under way at once, and has them", 1);
        }
    }

    /// <summary>The output per choice that everything affords; none when nothing bounds it.</summary>
    /// <param name="wanted">What limits per call leave of what the request asks for, before budgets.</param>
    public long? Output(LimitPlan plan, out long? wanted)
    {
        wanted = Wanted(plan, demand);
        Budgets(QuotaUnit.Requests, 0);
        if (!plan.HasTokenBudget || demand.IsFree) return wanted;

        var output = wanted!.Value;
        var least = Math.Min(output, Demand.LeastOutput);
        output = Math.Min(output, Budgets(QuotaUnit.Tokens, least));
        output = Math.Min(output, Budgets(QuotaUnit.Usd, least));
        return PerMinute(output, least);
    }

    public static LimitReport Report((LimitScope Scope, ScopeBook Book)[] scopes)
    {
        LimitWindow? requests = null, tokens = null;
        foreach (var (scope, book) in scopes)
        {
            requests = Tighter(requests, book.Requests, scope.Limits.RequestsPerMinute);
            tokens = Tighter(tokens, book.Tokens, scope.Limits.TokensPerMinute);
        }

        return Report(requests, tokens);
    }

    public static LimitReport Report(LimitWindow? requests, LimitWindow? tokens) => requests is null && tokens is null ? LimitReport.Unlimited : new LimitReport(requests, tokens);

    /// <summary>The tighter of a window and one of which only the sum is known, the latest call included.</summary>
    public static LimitWindow? Tighter(LimitWindow? current, long sum, int? limit) =>
        limit is { } number && Leaves(current, sum, number) ? new LimitWindow(number, Math.Max(0, number - sum), TimeSpan.FromSeconds(sum == 0 ? 0 : SlidingWindow.Longest)) : current;

    /// <summary>The least output that the hard budgets of a unit leave.</summary>
    private long Budgets(QuotaUnit unit, long least)
    {
        var affordable = long.MaxValue;
        foreach (var (scope, book) in scopes)
        {
            for (var i = 0; i < scope.Quotas.Count; i++)
            {
                var quota = scope.Quotas[i];
                if (!quota.Hard || quota.Unit != unit) continue;
                var budget = book.BudgetOf(quota);
                var left = budget.Left(quota, instances);
                var affords = demand.Affords(unit, left);
                if (affords < least) throw UsedUp(scope, quota, budget, Math.Max(0, left), demand.WorstCase(unit, least));
                affordable = Math.Min(affordable, affords);
            }
        }

        return affordable;
    }

    /// <summary>
    /// Tokens per minute come back within the minute, so an answer isn't cut short for them: the call waits for room. Only what wouldn't fit into
    /// an empty window is cut.
    /// </summary>
    private long PerMinute(long output, long least)
    {
        foreach (var (scope, _) in scopes)
        {
            if (scope.Limits.TokensPerMinute is not { } limit) continue;
            var affords = demand.Affords(QuotaUnit.Tokens, limit);
            if (affords < least) throw Limited($"{scope.Label} may use {limit} tokens a minute, and this prompt alone may need {demand.PromptTokens}: send a shorter one", WindowSeconds);
            output = Math.Min(output, affords);
        }

        var tokens = demand.WorstCase(QuotaUnit.Tokens, output);
        foreach (var (scope, book) in scopes)
        {
            if (scope.Limits.TokensPerMinute is not { } limit || book.Tokens.Sum + tokens <= limit) continue;
            throw Limited($"{scope.Label} may use {limit} tokens a minute, {Math.Max(0, limit - book.Tokens.Sum)} are left, and this call may need {tokens}", book.Tokens.SecondsUntilFreed(book.Tokens.Sum + tokens - limit));
        }

        return output;
    }

    private static LimitWindow? Tighter(LimitWindow? current, in SlidingWindow window, int? limit) =>
        limit is { } number && Leaves(current, window.Sum, number) ? new LimitWindow(number, Math.Max(0, number - window.Sum), TimeSpan.FromSeconds(window.SecondsUntilEmpty())) : current;

    /// <summary>Whether this leaves less than the other.</summary>
    private static bool Leaves(LimitWindow? other, long sum, int limit) => other is not { } tight || tight.Remaining > Math.Max(0, limit - sum);

    private string Share => instances == 1 ? "" : $"That is the share of this instance, one of {instances}, while they can't reach the Redis that they count in. ";

    private RefusalException Limited(string limit, int seconds) => new(ErrorCode.RateLimitExceeded, $"{limit}. {Share}Try again in {seconds} s, or ask for a higher limit.")
    {
        RetryAfter = TimeSpan.FromSeconds(seconds), Limits = Report(scopes),
    };

    private RefusalException UsedUp(LimitScope scope, Quota quota, Budget budget, long left, long need)
    {
        var reserved = budget.Reserved > 0 ? $" and {QuotaText.Amount(quota.Unit, budget.Reserved)} reserved by calls under way" : "";
        var reset = budget.End is { } end ? $"It resets on {QuotaText.Moment(end, quota.TimeZone)}. " : "";
        return new RefusalException(
            ErrorCode.InsufficientQuota,
            $"{scope.Label} has {QuotaText.Amount(quota.Unit, left)} left of {QuotaText.Limit(quota)} ({QuotaText.Amount(quota.Unit, budget.Spent)} spent{reserved}), and this call needs at least {QuotaText.Amount(quota.Unit, need)}. {Share}{reset}Raise the limit, send less, or wait.")
        {
            RetryAfter = budget.End - now, Limits = Report(scopes),
        };
    }
}

/// <summary>Quotas in words.</summary>
public static class QuotaText
{
    public static string Amount(QuotaUnit unit, long amount) => unit switch
    {
        QuotaUnit.Usd => new Usd(amount).ToString(),
        QuotaUnit.Tokens => amount.ToString("N0", CultureInfo.InvariantCulture) + " tokens",
        _ => amount.ToString("N0", CultureInfo.InvariantCulture) + " requests",
    };

    /// <summary><c>its $50.00 a month</c>.</summary>
    public static string Limit(Quota quota) =>
        quota.Period == QuotaPeriod.Lifetime ? $"its {Amount(quota.Unit, quota.Limit)} in all" : $"its {Amount(quota.Unit, quota.Limit)} a {quota.Period.ToString().ToLowerInvariant()}";

    /// <summary><c>1 Dec 00:00 UTC</c>, in the quota's zone.</summary>
    public static string Moment(DateTimeOffset moment, string zone) =>
        TimeZoneInfo.ConvertTime(moment, TimeZoneInfo.FindSystemTimeZoneById(zone)).ToString("d MMM HH:mm", CultureInfo.InvariantCulture) + " " + zone;
}
