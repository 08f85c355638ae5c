using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;

namespace LlmConsole.Tests.Limits;

/// <summary>The limits said as simply as possible: every call that ever came, and sums over them. Slow, and written apart from the code that it checks.</summary>
internal sealed class LimiterModel(LimitSet limits, LimitSet key, long tokenBudget, long moneyBudget)
{
    private const int LeastOutput = 16;
    private readonly List<Call> _calls = [];

    /// <summary>The output that a call is granted; null: refused.</summary>
    public long? Admit(long second, long prompt, int wanted, bool withKey)
    {
        var output = (long)wanted;
        var least = Math.Min(output, LeastOutput);
        foreach (var (limit, own) in withKey ? [(limits, false), (key, true)] : new[] { (limits, false) })
        {
            var calls = _calls.Where(call => !own || call.WithKey).ToList();
            if (calls.Count(call => second - call.Second <= 60) >= limit.RequestsPerMinute || calls.Count(call => call.IsRunning) >= limit.Concurrency) return null;
        }

        output = Most(output, prompt, granted => Tokens(prompt, granted) <= tokenBudget - _calls.Sum(call => call.Tokens));
        output = Math.Min(output, Most(wanted, prompt, granted => Money(prompt, granted) <= moneyBudget - _calls.Sum(call => call.Money)));
        output = Math.Min(output, Most(wanted, prompt, granted => Tokens(prompt, granted) <= limits.TokensPerMinute!.Value));
        if (output < least) return null;
        if (_calls.Where(call => second - call.Second <= 60).Sum(call => call.Tokens) + Tokens(prompt, output) > limits.TokensPerMinute) return null;
        _calls.Add(new Call { Second = second, WithKey = withKey, Tokens = Tokens(prompt, output), Money = Money(prompt, output), IsRunning = true });
        return output;
    }

    public (long Spent, long Reserved) Tokens() => (_calls.Where(call => !call.IsRunning).Sum(call => call.Tokens), _calls.Where(call => call.IsRunning).Sum(call => call.Tokens));

    public (long Spent, long Reserved) Money() => (_calls.Where(call => !call.IsRunning).Sum(call => call.Money), _calls.Where(call => call.IsRunning).Sum(call => call.Money));

    /// <summary>The n-th of the calls under way ended.</summary>
    public void End(int n, Consumption actual)
    {
        var call = _calls.Where(call => call.IsRunning).ElementAt(n);
        (call.IsRunning, call.Tokens, call.Money) = (false, actual.Tokens, actual.Cost.Nanos);
    }

    public void Cancel(int n) => _calls.Remove(_calls.Where(call => call.IsRunning).ElementAt(n));

    private static long Tokens(long prompt, long output) => prompt + output;

    /// <summary>$1 a million prompt tokens, $2 a million output tokens.</summary>
    private static long Money(long prompt, long output) => (1_000 * prompt) + (2_000 * output);

    private static long Most(long wanted, long prompt, Func<long, bool> fits)
    {
        var output = wanted;
        while (output >= 0 && !fits(output)) output--;
        return output;
    }

    private sealed class Call
    {
        public required long Second { get; init; }
        public required bool WithKey { get; init; }
        public required long Tokens { get; set; }
        public required long Money { get; set; }
        public bool IsRunning { get; set; }
    }
}
