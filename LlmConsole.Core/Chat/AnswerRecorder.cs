using System.Buffers;
using System.Buffers.Binary;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Chat;

/// <summary>Collects an answer while it passes by, as far as it is small enough to be kept.</summary>
internal sealed class AnswerRecorder
{
    /// <summary>A larger answer is given once and can't be repeated.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    private ArrayBufferWriter<byte>? _frames = new();
    private AnswerHead _head;

    public void Begin(in AnswerHead head) => _head = head;

    public void Add(ReadOnlySpan<byte> json)
    {
        if (_frames is null) return;
        if (_frames.WrittenCount + json.Length > MaxBytes)
        {
            _frames = null;
            return;
        }

        BinaryPrimitives.WriteInt32LittleEndian(_frames.GetSpan(sizeof(int)), json.Length);
        _frames.Advance(sizeof(int));
        _frames.Write(json);
    }

    /// <summary>The answer; none when it was too large, or is half a completion, which can't be given to anyone.</summary>
    public RecordedAnswer? ToAnswer(RefusalException? failure) =>
        _frames is null || (failure is not null && !_head.Stream) ? null : new RecordedAnswer(_head, _frames.WrittenMemory, failure);
}
