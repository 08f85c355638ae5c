using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace LlmConsole.Core.Caching.Guards;

/// <summary>What a piece of a message is.</summary>
internal enum TokenKind
{
    Word,

    /// <summary>Digits, with what belongs to them.</summary>
    Number,

    /// <summary>An address, an identifier, a version, a piece of code: compared letter by letter.</summary>
    Code,

    /// <summary>Ends a part of a sentence.</summary>
    Break,
}

/// <summary>A piece of a message.</summary>
/// <param name="Text">Lower case and in one spelling; code as it stands.</param>
/// <param name="IsName">Written as names are: with a capital that no beginning of a sentence explains.</param>
internal readonly record struct PromptToken(TokenKind Kind, string Text, bool IsName);

/// <summary>Takes a message apart.</summary>
internal static partial class PromptTokenizer
{
    private static readonly (string From, string To)[] Contractions =
    [
        ("can't", "can not"), ("cannot", "can not"), ("won't", "will not"), ("shan't", "shall not"), ("n't", " not"), ("i'm", "i am"), ("let's", "let us"), ("'re", " are"), ("'ll", " will"),
        ("'ve", " have"), ("'d", " would"), ("what's", "what is"), ("who's", "who is"), ("where's", "where is"), ("when's", "when is"), ("how's", "how is"), ("why's", "why is"), ("it's", "it is"),
        ("that's", "that is"), ("there's", "there is"), ("here's", "here is"), ("he's", "he is"), ("she's", "she is"),
    ];

    public static List<PromptToken> Read(string text)
    {
        text = text.Normalize(NormalizationForm.FormKC).Replace('’', '\'').Replace('‘', '\'').Replace('“', '"').Replace('”', '"');
        var tokens = new List<PromptToken>();
        var isStart = true;
        foreach (var match in Pieces().EnumerateMatches(text))
        {
            var piece = text.AsSpan(match.Index, match.Length);
            if (Breaks.Contains(piece[0]))
            {
                tokens.Add(new PromptToken(TokenKind.Break, piece.ToString(), false));
                isStart |= piece[0] is not (',' or '(' or ')');
                continue;
            }

            Add(piece.ToString(), isStart, tokens);
            isStart = false;
        }

        return tokens;
    }

    private static readonly SearchValues<char> CodeSigns = SearchValues.Create("_/@\\`#+=<>*^|~&$%");

    private const string Breaks = ",.;:?!()\n\"—…[]{}";

    private static void Add(string piece, bool isStart, List<PromptToken> tokens)
    {
        if (char.IsDigit(piece[0]) || (piece.Length > 1 && piece[0] is '-' or '+' or '$' or '€' or '£' or '¥' && char.IsDigit(piece[1])))
        {
            Number(piece, tokens);
            return;
        }

        if (IsCode(piece))
        {
            tokens.Add(new PromptToken(TokenKind.Code, piece.Trim('`'), true));
            return;
        }

        // A word all in capitals is a name (US, IT, WHO) unless it stands among others, as in a shouted message.
        var isName = piece.Length > 1 && char.IsUpper(piece[0]) && (!isStart || piece.AsSpan(1).ContainsAnyInRange('A', 'Z'));
        var lower = piece.ToLower(CultureInfo.InvariantCulture);
        foreach (var (from, to) in Contractions)
        {
            if (lower.Contains('\'', StringComparison.Ordinal) || lower == from) lower = lower.Replace(from, to, StringComparison.Ordinal);
        }

        foreach (var word in lower.Split(' ', StringSplitOptions.RemoveEmptyEntries)) tokens.Add(Word(word, isName));
    }

    private static PromptToken Word(string word, bool isName)
    {
        if (GuardWords.Spellings.TryGetValue(word, out var spelled)) word = spelled;
        return GuardWords.Numbers.TryGetValue(word, out var number) ? new PromptToken(TokenKind.Number, number, false) : new PromptToken(TokenKind.Word, word, isName);
    }

    /// <summary>The sign of money and the per cent become units of their own; thousands lose their commas and fractions their last zeros.</summary>
    private static void Number(string piece, List<PromptToken> tokens)
    {
        if (Compound().Match(piece) is { Success: true } compound)
        {
            Number(compound.Groups[1].Value, tokens);
            tokens.Add(Word(compound.Groups[2].Value.ToLower(CultureInfo.InvariantCulture), false));
            return;
        }

        var match = Parts().Match(piece);
        if (!match.Success)
        {
            tokens.Add(new PromptToken(TokenKind.Code, piece.ToLower(CultureInfo.InvariantCulture), true));
            return;
        }

        var digits = match.Groups["digits"].Value;
        if (Thousands().IsMatch(digits)) digits = digits.Replace(",", "", StringComparison.Ordinal);
        if (digits.Count(letter => letter == '.') == 1) digits = digits.TrimEnd('0').TrimEnd('.');
        var sign = match.Groups["sign"].Value;
        tokens.Add(new PromptToken(TokenKind.Number, (sign == "-" ? "-" : "") + digits, false));
        var unit = sign is "" or "-" or "+" ? match.Groups["unit"].Value.ToLower(CultureInfo.InvariantCulture) : sign;
        if (unit.Length > 0) tokens.Add(new PromptToken(TokenKind.Word, unit, false));
    }

    private static bool IsCode(string piece)
    {
        if (piece.AsSpan().ContainsAny(CodeSigns) || piece.Contains("::", StringComparison.Ordinal)) return true;
        if (piece.AsSpan().ContainsAnyInRange('0', '9')) return true;
        var dot = piece.IndexOf('.', StringComparison.Ordinal);
        if (dot >= 0 && dot < piece.Length - 1) return true;
        return piece.AsSpan(1).ContainsAnyInRange('A', 'Z') && piece.AsSpan().ContainsAnyInRange('a', 'z') && !piece.Contains('-', StringComparison.Ordinal) && !piece.Contains('\'', StringComparison.Ordinal);
    }

    [GeneratedRegex("""https?://\S+|`[^`]+`|[-+$€£¥]?\d[\w.,:%°/-]*[\w%°]|[-+$€£¥]?\d|[\p{L}\p{M}@/_\\][\w\p{M}'@/_\\.#+=:*&-]*[\w\p{M}#+*]|[\p{L}\p{M}]|[,.;:?!()\n"—…\[\]{}]|[=<>+*^%#&|~$-]+""")]
    private static partial Regex Pieces();

    [GeneratedRegex(@"^(?<sign>[-+$€£¥]?)(?<digits>\d[\d.,]*?)(?<unit>%|°[CFcf]?|[A-Za-z]{0,4})$")]
    private static partial Regex Parts();

    /// <summary>Such as 30-year.</summary>
    [GeneratedRegex(@"^(\d+)-(\p{L}{2,})$")]
    private static partial Regex Compound();

    [GeneratedRegex(@"^\d{1,3}(,\d{3})+(\.\d+)?$")]
    private static partial Regex Thousands();
}
