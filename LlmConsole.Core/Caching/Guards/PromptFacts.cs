using System.Collections.Frozen;

namespace LlmConsole.Core.Caching.Guards;

/// <summary>What a message says that must be the same before the answer to another may be given for it.</summary>
internal sealed class PromptFacts
{
    private static readonly FrozenSet<string> Courtesy = new[] { "can you", "could you", "would you", "will you", "do you know", "thank you" }.ToFrozenSet(StringComparer.Ordinal);

    private readonly List<PromptToken> _tokens;

    private PromptFacts(string text)
    {
        Language = LanguageGuess.Of(text);
        _tokens = PromptTokenizer.Read(text);
        Words = _tokens.Where(token => token.Kind == TokenKind.Word).Select(token => token.Text).ToFrozenSet(StringComparer.Ordinal);
        Question = QuestionTypes.Of(_tokens);
        Segments = PromptSegments.Of(_tokens, Question);
        Stems = Segments.SelectMany(segment => segment.Words).ToFrozenSet(StringComparer.Ordinal);
    }

    /// <summary>The script, and the language where common words give it away.</summary>
    public string Language { get; }

    public string Question { get; }

    /// <summary>Every word, as it stands.</summary>
    public FrozenSet<string> Words { get; }

    /// <summary>Every word that means something, without its plural.</summary>
    public FrozenSet<string> Stems { get; }

    public IReadOnlyList<PromptSegment> Segments { get; }

    public IEnumerable<PromptToken> Tokens => _tokens;

    /// <summary>The numbers in their order.</summary>
    public IEnumerable<string> Numbers => _tokens.Where(token => token.Kind == TokenKind.Number).Select(token => token.Text);

    /// <summary>Units of measure, in one spelling each.</summary>
    public IEnumerable<string> Units => _tokens.Where(token => token.Kind == TokenKind.Word)
        .Select(token => GuardWords.Units.GetValueOrDefault(Stem.Of(token.Text)) ?? "").Where(unit => unit.Length > 0).Distinct().Order(StringComparer.Ordinal);

    public IEnumerable<string> Dates => Words.Where(word => GuardWords.Months.Contains(word) || GuardWords.Days.Contains(Stem.Of(word))).Select(Stem.Of).Order(StringComparer.Ordinal);

    public IEnumerable<string> Names => _tokens.Where(token => token.IsName && token.Kind == TokenKind.Word && !GuardWords.Fillers.Contains(token.Text)).Select(token => Stem.Of(token.Text)).Distinct();

    public IEnumerable<string> Codes => _tokens.Where(token => token.Kind == TokenKind.Code).Select(token => token.Text);

    public int Negations => _tokens.Count(token => GuardWords.Negators.Contains(token.Text));

    /// <summary>Whether it speaks of the past, of the future, or of now.</summary>
    public (bool Past, bool Future) Tense => (Words.Overlaps(GuardWords.Past), Words.Overlaps(GuardWords.Future) && !Courtesy.Any(Says));

    /// <summary>Whether one may, must or should; with a question for the way to do it that makes no difference.</summary>
    public string Modality => Question is "how" || Courtesy.Any(Says) ? "" : string.Join(' ', Words.Where(GuardWords.Modals.Contains).Select(word => word == "could" ? "can" : word).Order(StringComparer.Ordinal));

    public static PromptFacts Read(string text) => new(text);

    private bool Says(string phrase)
    {
        var words = phrase.Split(' ');
        for (var i = 0; i + words.Length <= _tokens.Count; i++)
        {
            if (words.Select((word, at) => _tokens[i + at].Text == word).All(same => same)) return true;
        }

        return false;
    }
}

/// <summary>The form of a word under which its plural is the same.</summary>
internal static class Stem
{
    public static string Of(string word)
    {
        if (word.EndsWith("'s", StringComparison.Ordinal)) word = word[..^2];
        else if (word.EndsWith("s'", StringComparison.Ordinal)) word = word[..^1];
        if (word.Length < 4 || word[^1] != 's' || GuardWords.NoPlurals.Contains(word) || word[^2] is 's' or 'u' or 'i') return word;
        if (word.EndsWith("ies", StringComparison.Ordinal) && word.Length > 4) return word[..^3] + "y";
        return word.EndsWith("ses", StringComparison.Ordinal) || word.EndsWith("xes", StringComparison.Ordinal) || word.EndsWith("ches", StringComparison.Ordinal) || word.EndsWith("shes", StringComparison.Ordinal)
            ? word[..^2] : word[..^1];
    }
}
