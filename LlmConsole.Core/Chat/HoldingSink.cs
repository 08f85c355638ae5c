using System.Buffers;
using System.Buffers.Binary;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Chat;

/// <summary>
/// Keeps an answer back until it is complete, so that one that breaks off can be forgotten. The head goes out late too, with the first sign of life
/// at the latest. An answer that grows too long is let go, and passes through from then on.
/// </summary>
internal sealed class HoldingSink(IAnswerSink inner, Action began) : IAnswerSink
{
    /// <summary>More isn't kept in memory.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;
    private const int FlushEvery = 32 * 1024;

    private readonly ArrayBufferWriter<byte> _frames = new();
    private AnswerHead _head;
    private bool _hasBegun;

    /// <summary>The reader has all that was written so far.</summary>
    public bool IsReleased { get; private set; }

    public void Begin(in AnswerHead head) => _head = head;

    public void Write(ReadOnlySpan<byte> json)
    {
        if (!IsReleased && _frames.WrittenCount + json.Length > MaxBytes) LetGo();
        if (IsReleased)
        {
            inner.Write(json);
            return;
        }

        BinaryPrimitives.WriteInt32LittleEndian(_frames.GetSpan(sizeof(int)), json.Length);
        _frames.Advance(sizeof(int));
        _frames.Write(json);
    }

    public void KeepAlive()
    {
        BeginInner();
        inner.KeepAlive();
    }

    public void End() => inner.End();

    public void Fail(RefusalException refusal) => inner.Fail(refusal);

    public ValueTask<bool> FlushAsync(CancellationToken cancellation) => _hasBegun ? inner.FlushAsync(cancellation) : ValueTask.FromResult(true);

    /// <summary>Forgets an answer that broke off.</summary>
    public void Discard() => _frames.ResetWrittenCount();

    /// <summary>Gives the whole answer, at the reader's pace.</summary>
    /// <returns>Always true: the reader has it.</returns>
    public async ValueTask<bool> ReleaseAsync(CancellationToken cancellation)
    {
        BeginInner();
        var unsent = 0;
        for (var rest = _frames.WrittenMemory; !IsReleased && rest.Length > 0;)
        {
            var frame = First(ref rest);
            inner.Write(frame.Span);
            if ((unsent += frame.Length) < FlushEvery) continue;
            if (!await inner.FlushAsync(cancellation)) throw new OperationCanceledException(cancellation);
            unsent = 0;
        }

        return IsReleased = true;
    }

    private void LetGo()
    {
        BeginInner();
        for (var rest = _frames.WrittenMemory; rest.Length > 0;) inner.Write(First(ref rest).Span);
        _frames.ResetWrittenCount();
        IsReleased = true;
    }

    private void BeginInner()
    {
        if (_hasBegun) return;
        _hasBegun = true;
        began();
        inner.Begin(_head);
    }

    private static ReadOnlyMemory<byte> First(ref ReadOnlyMemory<byte> frames)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(frames.Span);
        var frame = frames.Slice(sizeof(int), length);
        frames = frames[(sizeof(int) + length)..];
        return frame;
    }
}
