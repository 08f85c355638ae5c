using System.Globalization;
using StackExchange.Redis;

namespace LlmConsole.Core.Limits;

/// <summary>What Redis gave to a call.</summary>
internal readonly record struct RedisGrant(RedisTenant Tenant, (LimitScope Scope, ScopeBook Book)[] Scopes, long? Output);

/// <summary>What the script of an admission says: whether the call was taken, and where its scopes stand.</summary>
internal sealed record RedisReply(bool IsTaken, (LimitScope Scope, ScopeBook Book)[] Scopes, long? Output)
{
    /// <summary>The scopes' windows and budgets, in the shape that this process keeps its own in: what follows from them is said by the same code.</summary>
    public static RedisReply Read(RedisResult[] parts, LimitPlan plan)
    {
        var second = Number((string?)parts[1]);
        var output = (string?)parts[2];
        var scopes = ((RedisResult[])parts[3]!).Zip(plan.Scopes, (fields, scope) => (scope, Scope((RedisResult[])fields!, scope, second))).ToArray();
        return new RedisReply((string?)parts[0] == "taken", scopes, string.IsNullOrEmpty(output) ? null : Number(output));
    }

    private static ScopeBook Scope(RedisResult[] fields, LimitScope scope, long second)
    {
        var book = new ScopeBook { Running = (int)Number((string?)fields[0]) };
        Fill(ref book.Requests, (string[])fields[1]!, second);
        Fill(ref book.Tokens, (string[])fields[2]!, second);
        var budgets = (string[])fields[3]!;
        for (var i = 0; i < scope.Quotas.Count; i++)
        {
            var (start, end, spent, reserved) = (budgets[4 * i], budgets[(4 * i) + 1], budgets[(4 * i) + 2], budgets[(4 * i) + 3]);
            book.Budgets[BudgetKey.Of(scope.Quotas[i])] = Budget.Of(Moment(start), end.Length == 0 ? null : Moment(end), Number(spent), Number(reserved));
        }

        return book;
    }

    private static void Fill(ref SlidingWindow window, string[] buckets, long second)
    {
        foreach (var (at, amount) in buckets.Chunk(2).Select(bucket => (Number(bucket[0]), Number(bucket[1]))).OrderBy(bucket => bucket.Item1))
        {
            window.MoveTo(at);
            window.Add(amount);
        }

        window.MoveTo(second);
    }

    private static DateTimeOffset Moment(string milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(Number(milliseconds));

    private static long Number(string? text) => long.Parse(text!, CultureInfo.InvariantCulture);
}
