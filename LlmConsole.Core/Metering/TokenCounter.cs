using System.Text;
using System.Text.Unicode;
using Microsoft.ML.Tokenizers;

namespace LlmConsole.Core.Metering;

/// <summary>
/// Counts the tokens of a text as OpenAI's models cut it; other vendors' cut much alike, and publish no tokenizer. The vocabulary (40 MB in memory) is
/// loaded when it is first needed. A tokenizer's time grows with the square of an unbroken run of letters, so a text is counted in short pieces: cut
/// before the space after a word that is exact, and elsewhere a few tokens too many.
/// </summary>
internal sealed class TokenCounter
{
    /// <summary>Beyond this size a text is not counted to its end: it would cost more time than an exact number is worth.</summary>
    public const int MaxExactBytes = 512 * 1024;

    private const int PieceBytes = 512;
    private const int UnbrokenPieceBytes = 192;

    private static readonly TokenCounter Newer = new("o200k_base");
    private static readonly TokenCounter Older = new("cl100k_base");

    private readonly Lazy<TiktokenTokenizer> _tokenizer;

    private TokenCounter(string encoding) => _tokenizer = new(() => TiktokenTokenizer.CreateForEncoding(encoding));

    /// <summary>The counter for a model, by the name that its provider knows: GPT-3.5 and GPT-4 have an older vocabulary, everything else is counted by the newer one.</summary>
    public static TokenCounter For(string providerModel)
    {
        var name = providerModel.AsSpan(providerModel.LastIndexOf('/') + 1);
        var isOlder = name.StartsWith("gpt-3.5", StringComparison.Ordinal) || name.SequenceEqual("gpt-4") || name.StartsWith("gpt-4-", StringComparison.Ordinal);
        return isOlder ? Older : Newer;
    }

    /// <summary>Tokens of a text in UTF-8; never more than it has bytes. Of a text beyond <see cref="MaxExactBytes"/> the rest is taken to be like the beginning.</summary>
    public long Count(ReadOnlySpan<byte> utf8)
    {
        var rest = utf8[..Math.Min(utf8.Length, MaxExactBytes)];
        Span<char> piece = stackalloc char[PieceBytes];
        long count = 0;
        while (!rest.IsEmpty)
        {
            var cut = Cut(rest);
            Utf8.ToUtf16(rest[..cut], piece, out _, out var length);
            count += _tokenizer.Value.CountTokens(piece[..length]);
            rest = rest[cut..];
        }

        return utf8.Length <= MaxExactBytes ? count : count * utf8.Length / MaxExactBytes;
    }

    public long Count(string text) => Count(Encoding.UTF8.GetBytes(text));

    /// <summary>The length of the next piece.</summary>
    private static int Cut(ReadOnlySpan<byte> text)
    {
        // The tokenizer would take a text such as <|endoftext|> for one special token; a provider reads it as the plain text that it is.
        var special = text[..Math.Min(text.Length, PieceBytes)].IndexOf("<|"u8);
        if (special >= 0) text = text[..(special + 1)];
        if (text.Length <= UnbrokenPieceBytes) return text.Length;
        var window = Math.Min(text.Length, PieceBytes);
        for (var i = window - 1; i > 0; i--)
        {
            if (text[i] == ' ' && text[i - 1] > ' ') return i;
        }

        var cut = UnbrokenPieceBytes;
        while (cut > UnbrokenPieceBytes - 4 && (text[cut] & 0xC0) == 0x80) cut--;
        return cut;
    }
}
