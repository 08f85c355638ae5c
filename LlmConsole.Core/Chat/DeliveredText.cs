using System.Buffers;
using System.Text;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Chat;

/// <summary>The text that a reader has, for as long as another target could go on from it: one choice, text only, and not too much of it.</summary>
internal sealed class DeliveredText
{
    private const int MaxBytes = 256 * 1024;

    private readonly ArrayBufferWriter<byte> _text = new();

    /// <summary>Whether the answer is of a kind that can be gone on with.</summary>
    public bool CanContinue { get; private set; } = true;

    /// <summary>A chunk of the answer, which tells its id, its time and its model.</summary>
    public byte[]? Chunk { get; private set; }

    public ReadOnlySpan<byte> Bytes => _text.WrittenSpan;

    public override string ToString() => Encoding.UTF8.GetString(Bytes);

    public void Add(ReadOnlySpan<byte> chunk, in AnswerTap tap)
    {
        if (!CanContinue) return;
        if (tap.ChoiceCount > 0) Chunk ??= chunk.ToArray();
        if (tap.HasOtherOutput || tap.ChoiceCount > 1) CanContinue = false;
        else if (tap.OutputBytes > 0) Add(TextOf(chunk));
    }

    public void Add(string? text)
    {
        if (text is null || _text.WrittenCount + text.Length > MaxBytes) CanContinue = false;
        else Encoding.UTF8.GetBytes(text, _text);
    }

    /// <summary>None when it can't be read by itself: half of a character that was cut in two.</summary>
    public static string? TextOf(ReadOnlySpan<byte> chunk)
    {
        try
        {
            return ChunkText.Read(chunk);
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
