using System.Buffers;
using System.Text.Json;

namespace LlmConsole.Core.Wire;

/// <summary>Text of an answer that waits to be counted, as UTF-8. Its owner empties it now and then, so that it stays small.</summary>
internal sealed class OutputText
{
    private const int InitialSize = 1024;

    private byte[] _buffer = [];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Span => _buffer.AsSpan(0, Length);

    /// <summary>Adds the string that the reader stands on.</summary>
    public void Append(in Utf8JsonReader json)
    {
        if (!json.ValueIsEscaped)
        {
            Append(json.ValueSpan);
            return;
        }

        Reserve(json.ValueSpan.Length);
        try
        {
            Length += json.CopyString(_buffer.AsSpan(Length));
        }
        catch (InvalidOperationException)
        {
            // A character that was cut into two chunks, each with half of an escaped pair.
            "\uFFFD"u8.CopyTo(_buffer.AsSpan(Length));
            Length += 3;
        }
    }

    public void Append(ReadOnlySpan<byte> utf8)
    {
        Reserve(utf8.Length);
        utf8.CopyTo(_buffer.AsSpan(Length));
        Length += utf8.Length;
    }

    public void Clear() => Length = 0;

    /// <summary>Gives the memory back; the next text takes new memory.</summary>
    public void Release()
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        (_buffer, Length) = ([], 0);
    }

    private void Reserve(int count)
    {
        if (_buffer.Length - Length >= count) return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(InitialSize, Math.Max(_buffer.Length * 2, Length + count)));
        Span.CopyTo(larger);
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
