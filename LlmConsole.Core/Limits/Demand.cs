using LlmConsole.Core.Configuration;

namespace LlmConsole.Core.Limits;

/// <summary>What a call may use at most.</summary>
public readonly record struct Demand
{
    /// <summary>Unless a request says how much it wants, this many output tokens are reserved and asked for where tokens or money are counted.</summary>
    public const int DefaultOutput = 4_096;

    /// <summary>Less than this isn't worth an answer: a budget that affords fewer refuses the call, unless it asked for fewer.</summary>
    public const int LeastOutput = 16;

    /// <summary>An answer that costs nothing: it counts as a request, and no budget of tokens or money stands against it, not even one that is overdrawn.</summary>
    public static readonly Demand Free = new() { PromptTokens = 0, OutputAsked = 0, Choices = 1, IsFree = true };

    public bool IsFree { get; init; }

    /// <summary>Never below the prompt's true count.</summary>
    public required long PromptTokens { get; init; }

    /// <summary>Output tokens that the request asks for, per choice.</summary>
    public int? OutputAsked { get; init; }

    /// <summary>How many answers it asks for.</summary>
    public required int Choices { get; init; }

    /// <summary>The highest prices among the models that may serve the call, per million tokens; zero when unpriced.</summary>
    public Usd InputPerMillion { get; init; }
    public Usd OutputPerMillion { get; init; }

    /// <summary>The highest price of a request itself among them.</summary>
    public Usd PerRequest { get; init; }

    /// <summary>The worst case in a quota's unit, for so much output per choice.</summary>
    public long WorstCase(QuotaUnit unit, long output) => unit switch
    {
        QuotaUnit.Requests => 1,
        QuotaUnit.Tokens => PromptTokens + (output * Choices),
        _ => Nanos(PromptTokens, output),
    };

    /// <summary>The most output per choice that an amount of a unit affords; negative when even the prompt is too much.</summary>
    public long Affords(QuotaUnit unit, long left)
    {
        if (unit == QuotaUnit.Requests) return left >= 1 ? long.MaxValue : -1;
        if (unit == QuotaUnit.Tokens) return left < PromptTokens ? -1 : (left - PromptTokens) / Choices;
        if (Nanos(PromptTokens, 0) > left) return -1;
        if (OutputPerMillion == Usd.Zero) return long.MaxValue;
        var budget = ((Int128)(left - PerRequest.Nanos) * 1_000_000) - ((Int128)PromptTokens * InputPerMillion.Nanos);
        return (long)Int128.Min(budget / ((Int128)OutputPerMillion.Nanos * Choices), long.MaxValue);
    }

    private long Nanos(long prompt, long output)
    {
        var total = ((Int128)prompt * InputPerMillion.Nanos) + ((Int128)output * Choices * OutputPerMillion.Nanos);
        return (long)Int128.Min(((total + 999_999) / 1_000_000) + PerRequest.Nanos, long.MaxValue);
    }
}

/// <summary>What a call turned out to use.</summary>
/// <param name="Requests">1 for a call that was admitted.</param>
public readonly record struct Consumption(long Requests, long Tokens, Usd Cost)
{
    public long Of(QuotaUnit unit) => unit switch
    {
        QuotaUnit.Requests => Requests,
        QuotaUnit.Tokens => Tokens,
        _ => Cost.Nanos,
    };
}
