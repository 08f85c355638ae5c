using LlmConsole.Core.Chat;

namespace LlmConsole.Core.Jobs;

/// <summary>What the calls of a job may use, said before it runs. Answers from the cache cost nothing, and most answers are shorter than they may be.</summary>
public sealed record JobEstimate
{
    public static readonly JobEstimate None = new();

    /// <summary>The calls that it will make; those of a pipeline may be fewer.</summary>
    public int Requests { get; init; }

    /// <summary>As counted by OpenAI's tokenizer, with a fifth more for other vendors.</summary>
    public long PromptTokens { get; init; }

    /// <summary>What the answers may have at most.</summary>
    public long MaxOutputTokens { get; init; }

    /// <summary>What the prompts cost, in nano-dollars.</summary>
    public long PromptNanos { get; init; }

    /// <summary>What all of it costs at most, in nano-dollars.</summary>
    public long MostNanos { get; init; }

    /// <summary>Calls to models without a price, which cost nothing here.</summary>
    public int Unpriced { get; init; }

    /// <summary>With some calls more. Whoever asks for more than can be counted is told the most that can.</summary>
    internal JobEstimate With(in CallBound call, int times = 1) => this with
    {
        Requests = Requests + times,
        PromptTokens = PromptTokens + (call.PromptTokens * times),
        MaxOutputTokens = MaxOutputTokens + (call.OutputTokens * times),
        PromptNanos = Sum(PromptNanos, call.Prompt.Nanos, times),
        MostNanos = Sum(MostNanos, call.Most.Nanos, times),
        Unpriced = Unpriced + (call.IsPriced ? 0 : times),
    };

    private static long Sum(long nanos, long more, int times) => (long)Int128.Min(nanos + ((Int128)more * times), long.MaxValue);
}
