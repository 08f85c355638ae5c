using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Chat;

/// <summary>
/// Where an answer goes: the HTTP response, a chat page, a job. The gateway calls <see cref="Begin"/> once, then <see cref="Write"/> and
/// <see cref="FlushAsync"/> any number of times, then <see cref="End"/> and a last flush — or throws a refusal before it began.
/// After <see cref="Begin"/> the answer is committed: what goes wrong then ends with <see cref="Fail"/> instead of <see cref="End"/>.
/// </summary>
public interface IAnswerSink
{
    /// <summary>The answer is committed: this model serves it, from this source.</summary>
    void Begin(in AnswerHead head);

    /// <summary>One OpenAI chunk (of a stream) or the whole completion (otherwise), as JSON in UTF-8, without framing. The bytes are only valid during the call.</summary>
    void Write(ReadOnlySpan<byte> json);

    /// <summary>The whole completion, in bytes that nobody changes any more.</summary>
    void WriteWhole(ReadOnlyMemory<byte> completion) => Write(completion.Span);

    /// <summary>Nothing arrived for a while; a reader behind a proxy wants a sign of life.</summary>
    void KeepAlive()
    {
    }

    /// <summary>The answer is complete and stands in the books.</summary>
    void End();

    /// <summary>The answer broke off. The reader must be told; it never looks complete.</summary>
    void Fail(RefusalException refusal);

    /// <summary>Sends what was written. False when the reader is gone.</summary>
    ValueTask<bool> FlushAsync(CancellationToken cancellation);
}

/// <summary>What is known of an answer when it is committed.</summary>
/// <param name="ModelServed">The public model name.</param>
/// <param name="ProviderName">Who serves it.</param>
/// <param name="Cache">What the cache said.</param>
/// <param name="Attempts">How often a provider was asked.</param>
/// <param name="Stream">Whether chunks follow, or one completion.</param>
/// <param name="Cost">What it cost, where that is known before the body.</param>
/// <param name="Limits">Where the caller stands with its limits.</param>
/// <param name="Age">How long ago the answer was made, when it comes from the cache.</param>
/// <param name="ReplayOf">The request whose answer this is, given again; none for an answer of its own.</param>
public readonly record struct AnswerHead(string ModelServed, string? ProviderName, Metering.CacheVerdict Cache, int Attempts, bool Stream, Usd? Cost, LimitReport Limits, string? ReplayOf = null, TimeSpan? Age = null);
