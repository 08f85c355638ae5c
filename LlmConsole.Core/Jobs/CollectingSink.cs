using System.Buffers;
using LlmConsole.Core.Chat;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Jobs;

/// <summary>Collects the whole answer of an item.</summary>
internal sealed class CollectingSink : IAnswerSink
{
    private readonly ArrayBufferWriter<byte> _body = new();

    public Usd Cost { get; private set; }

    /// <summary>Why there is no whole answer, though one began.</summary>
    public RefusalException? Failure { get; private set; }

    public byte[] Body => _body.WrittenSpan.ToArray();

    public void Begin(in AnswerHead head)
    {
        Cost = head.Cost ?? Usd.Zero;

        // A person is served by a kind word; for a batch it would be a wrong answer.
        if (head.ModelServed == GracefulAnswer.Name) Failure = new RefusalException(ErrorCode.UpstreamError, "No target of the model gave an answer. Retry the failed items of the job later.");
    }

    public void Write(ReadOnlySpan<byte> json) => _body.Write(json);

    public void End()
    {
    }

    public void Fail(RefusalException refusal) => Failure = refusal;

    public ValueTask<bool> FlushAsync(CancellationToken cancellation) => ValueTask.FromResult(true);
}
