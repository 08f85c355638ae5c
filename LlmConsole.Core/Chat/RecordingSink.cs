using LlmConsole.Core.Idempotency;
using LlmConsole.Core.Routing;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Chat;

/// <summary>Passes an answer on and keeps it for repetitions, before the caller sees its end.</summary>
internal sealed class RecordingSink(IAnswerSink inner, IdempotencyClaim claim) : IAnswerSink
{
    private const string NewKey = "Asking again takes a new Idempotency-Key: this one stands for what arrived, which was charged.";

    private readonly AnswerRecorder _recorder = new();
    private RefusalException? _failure;
    private bool _isEnding;
    private bool _isKept;
    private bool _isFree;

    public bool HasBegun { get; private set; }

    public void Begin(in AnswerHead head)
    {
        HasBegun = true;
        _isFree = head.ModelServed is GracefulAnswer.Name or Drill.Name;
        _recorder.Begin(head);
        inner.Begin(head);
    }

    public void Write(ReadOnlySpan<byte> json)
    {
        _recorder.Add(json);
        inner.Write(json);
    }

    public void KeepAlive() => inner.KeepAlive();

    /// <summary>The end waits for the flush that follows, because keeping the answer takes time.</summary>
    public void End() => _isEnding = true;

    /// <inheritdoc cref="End"/>
    public void Fail(RefusalException refusal) => (_isEnding, _failure) = (true, new RefusalException(refusal.Error, $"{refusal.Message} {NewKey}", refusal.Param) { Partial = refusal.Partial });

    public async ValueTask<bool> FlushAsync(CancellationToken cancellation)
    {
        if (_isEnding && !_isKept)
        {
            await KeepAsync();
            if (_failure is null) inner.End();
            else inner.Fail(_failure);
        }

        return await inner.FlushAsync(cancellation);
    }

    /// <summary>Keeps what went out, once: whole, broken off, or cut short because the caller left. A message in place of an answer isn't kept: the caller may try again.</summary>
    public async Task KeepAsync()
    {
        if (_isKept) return;
        _isKept = true;
        var failure = _isEnding ? _failure : CallerLeft();
        if (_isFree) await claim.ReleaseAsync();
        else if (_recorder.ToAnswer(failure) is { } answer) await claim.KeepAsync(answer.ToBytes());
        else await claim.SpendAsync();
    }

    private static RefusalException CallerLeft() => new(
        ErrorCode.UpstreamError,
        $"The client left in the middle of this answer, and the model was stopped. {NewKey}");
}
