using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Routing;

/// <summary>An answer that a target has begun to give: enough of it was read to know that it is one.</summary>
public sealed class RoutedAnswer : IAsyncDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly Route _route;
    private IReadOnlyList<ReadOnlyMemory<byte>> _opening;

    internal RoutedAnswer(Route route, Attempt attempt, HttpResponseMessage response, IReadOnlyList<ReadOnlyMemory<byte>>? opening = null) =>
        (_route, Attempt, _response, _opening) = (route, attempt, response, opening ?? []);

    internal Attempt Attempt { get; }

    /// <summary>The model that serves: the one asked for, or a fallback.</summary>
    public Model Model => Attempt.Candidate.Model;
    public Provider Provider => Attempt.Candidate.Provider;

    /// <summary>It is simulated in the provider's place, for a fire drill.</summary>
    public bool IsRehearsed => Attempt.Drill is not null;

    /// <summary>The name that the provider knows the model by.</summary>
    public string ProviderModel => Attempt.Candidate.ProviderModel;

    /// <summary>A stream's events, after those that <see cref="TakeOpening"/> gives.</summary>
    internal SseReader? Events { get; init; }

    /// <summary>The whole completion, when no stream was asked for.</summary>
    internal ReadOnlyMemory<byte> Whole { get; init; }

    /// <summary>What the whole completion says.</summary>
    internal AnswerTap Tap { get; init; }

    /// <summary>It goes on from the text that it was given, instead of beginning anew.</summary>
    internal bool IsContinuation { get; init; }

    /// <summary>The events of a stream that were looked at, once: they lie in the reader's buffer, the last of them valid until it is filled again, and a stream may go on for long.</summary>
    internal IReadOnlyList<ReadOnlyMemory<byte>> TakeOpening()
    {
        var opening = _opening;
        _opening = [];
        return opening;
    }

    /// <summary>It came to its end.</summary>
    internal void Completed() => Attempt.Pass.Succeeded();

    /// <summary>It broke off.</summary>
    /// <param name="isTargetsFault">Whether that is held against the target.</param>
    internal StreamBreak BreakOff(StreamBreak broken, bool isTargetsFault)
    {
        Attempt.Failed(_route.Deadline.Elapsed, broken.Error.Code);
        if (isTargetsFault) Attempt.Pass.Failed(broken.Message);
        if (broken.Error == ErrorCode.Timeout) _route.Bar(Attempt.Candidate);
        return broken;
    }

    /// <summary>It is another answer than the one that it should have gone on with.</summary>
    internal StreamBreak Leave()
    {
        Attempt.Failed(_route.Deadline.Elapsed, "diverged");
        return new StreamBreak(ErrorCode.UpstreamError, "");
    }

    public ValueTask DisposeAsync()
    {
        Attempt.Pass.Abandoned();
        Events?.Dispose();
        _response.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>Why an answer that had begun broke off, in words for the caller.</summary>
internal sealed record StreamBreak(ErrorCode Error, string Message);
