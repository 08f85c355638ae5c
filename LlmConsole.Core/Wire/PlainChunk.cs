namespace LlmConsole.Core.Wire;

/// <summary>
/// A chunk that adds nothing but text, as nearly all chunks of a stream do. One that has the same bytes around its text says the same beside it, and
/// needn't be parsed.
/// </summary>
/// <param name="Before">Its bytes up to the text, the quote included.</param>
/// <param name="After">Its bytes from the quote after the text on.</param>
internal readonly record struct PlainChunk(ReadOnlyMemory<byte> Before, ReadOnlyMemory<byte> After)
{
    /// <param name="text">Where in the chunk its text stands, without quotes.</param>
    public static PlainChunk Of(ReadOnlyMemory<byte> chunk, Range text) => new(chunk[..text.Start], chunk[text.End..]);

    /// <summary>The text of a chunk that is otherwise the same, if it is and spells its text without escapes.</summary>
    public bool TextOf(ReadOnlySpan<byte> chunk, out ReadOnlySpan<byte> text)
    {
        var before = Before.Span;
        var after = After.Span;
        text = default;
        if (before.IsEmpty || chunk.Length < before.Length + after.Length || !chunk.StartsWith(before) || !chunk.EndsWith(after)) return false;
        text = chunk[before.Length..^after.Length];
        return text.IndexOfAny((byte)'"', (byte)'\\') < 0 && !text.ContainsAnyInRange((byte)0, (byte)31);
    }
}
