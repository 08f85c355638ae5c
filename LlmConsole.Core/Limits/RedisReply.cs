using System.Buffers.Text;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Limits;

/// <summary>What Redis gave to a call.</summary>
internal readonly record struct RedisGrant(RedisTenant Tenant, RedisReply Reply);

/// <summary>What became of a question.</summary>
internal enum RedisVerdict
{
    /// <summary>Redis has forgotten this instance, or never heard of it.</summary>
    Rejoin,

    /// <summary>The books have to be asked what was spent.</summary>
    Seed,

    /// <summary>The call was taken.</summary>
    Taken,

    /// <summary>Nothing was taken.</summary>
    Stands,
}

/// <summary>What the script says of an admission: whether the call was taken, and where its scopes stand.</summary>
/// <param name="Scopes">Where nothing was taken.</param>
/// <param name="Report">Where the call was taken, this call included.</param>
/// <param name="Spent">Where the call was taken: of each quota of each scope, in their order.</param>
internal sealed record RedisReply(RedisVerdict Verdict, (LimitScope Scope, ScopeBook Book)[] Scopes, long? Output, LimitReport Report, (DateTimeOffset Start, long Amount)[] Spent)
{
    private static readonly RedisReply Rejoin = new(RedisVerdict.Rejoin, [], null, LimitReport.Unlimited, []);
    private static readonly RedisReply Seed = Rejoin with { Verdict = RedisVerdict.Seed };

    public static RedisReply Read(ref RedisWords words, LimitPlan plan) => words.Next() switch
    {
        [(byte)'r', ..] => Rejoin,
        [(byte)'s', (byte)'e', ..] => Seed,
        [(byte)'t', ..] => Taken(ref words, plan),
        _ => Stands(ref words, plan),
    };

    private static RedisReply Taken(ref RedisWords words, LimitPlan plan)
    {
        var output = words.NumberOrNone();
        var quotas = 0;
        for (var i = 0; i < plan.Scopes.Count; i++) quotas += plan.Scopes[i].Quotas.Count;
        var spent = quotas == 0 ? [] : new (DateTimeOffset, long)[quotas];
        LimitWindow? requests = null, tokens = null;
        var next = 0;
        for (var i = 0; i < plan.Scopes.Count; i++)
        {
            var (limits, number) = (plan.Scopes[i].Limits, plan.Scopes[i].Quotas.Count);
            requests = LimitCheck.Tighter(requests, words.Number(), limits.RequestsPerMinute);
            tokens = LimitCheck.Tighter(tokens, words.Number(), limits.TokensPerMinute);
            for (; number > 0; number--) spent[next++] = (Moment(words.Number()), words.Number());
        }

        return new RedisReply(RedisVerdict.Taken, [], output, LimitCheck.Report(requests, tokens), spent);
    }

    /// <summary>The scopes' windows and budgets, in the shape that this process keeps its own in: what follows from them is said by the same code.</summary>
    private static RedisReply Stands(ref RedisWords words, LimitPlan plan)
    {
        var second = words.Number();
        var output = words.NumberOrNone();
        var scopes = new (LimitScope, ScopeBook)[plan.Scopes.Count];
        for (var i = 0; i < scopes.Length; i++) scopes[i] = (plan.Scopes[i], Scope(ref words, plan.Scopes[i], second));
        return new RedisReply(RedisVerdict.Stands, scopes, output, LimitReport.Unlimited, []);
    }

    private static ScopeBook Scope(ref RedisWords words, LimitScope scope, long second)
    {
        var book = new ScopeBook { Running = (int)words.Number() };
        Fill(ref words, ref book.Requests, second);
        Fill(ref words, ref book.Tokens, second);
        for (var i = 0; i < scope.Quotas.Count; i++)
        {
            var (start, end, spent, reserved) = (Moment(words.Number()), words.NumberOrNone(), words.Number(), words.Number());
            book.Budgets[BudgetKey.Of(scope.Quotas[i])] = Budget.Of(start, end is { } some ? Moment(some) : null, spent, reserved);
        }

        return book;
    }

    /// <summary>In the order of time.</summary>
    private static void Fill(ref RedisWords words, ref SlidingWindow window, long second)
    {
        for (var buckets = words.Number(); buckets > 0; buckets--)
        {
            window.MoveTo(words.Number());
            window.Add(words.Number());
        }

        window.MoveTo(second);
    }

    private static DateTimeOffset Moment(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}

/// <summary>The words of a script's answer, one after another.</summary>
internal ref struct RedisWords(ReadOnlySpan<byte> text)
{
    private ReadOnlySpan<byte> _rest = text;

    public ReadOnlySpan<byte> Next()
    {
        var length = _rest.IndexOf((byte)' ');
        var word = length < 0 ? _rest : _rest[..length];
        _rest = length < 0 ? default : _rest[(length + 1)..];
        return word;
    }

    public long Number() => NumberOrNone() ?? throw new FormatException("Redis' answer lacks a number.");

    public long? NumberOrNone() => Utf8Parser.TryParse(Next(), out long number, out _) ? number : null;
}
