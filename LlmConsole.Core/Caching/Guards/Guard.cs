namespace LlmConsole.Core.Caching.Guards;

/// <summary>Something that two messages must have in common before the answer to one may be given for the other, however similar they are.</summary>
/// <param name="Name">As metrics and the console name it.</param>
/// <param name="Agree">Whether they have it in common.</param>
internal sealed record Guard(string Name, Func<PromptFacts, PromptFacts, bool> Agree)
{
    /// <summary>Into is not the opposite of to.</summary>
    private const int ShortestNegated = 4;

    private static readonly string[] Negating = ["un", "in", "im", "ir", "il", "dis", "non", "non-", "mis", "de"];

    /// <summary>For any embedder.</summary>
    private static readonly Guard[] Always =
    [
        new("language", (a, b) => LanguageGuess.Agree(a.Language, b.Language)),
        new("length", (a, b) => Math.Min(a.Stems.Count, b.Stems.Count) * 2 >= Math.Max(a.Stems.Count, b.Stems.Count)),
        new("numbers", (a, b) => a.Numbers.SequenceEqual(b.Numbers) || (a.Numbers.Order(StringComparer.Ordinal).SequenceEqual(b.Numbers.Order(StringComparer.Ordinal)) && SameSegments(a, b))),
        new("dates", (a, b) => a.Dates.SequenceEqual(b.Dates)),
        new("units", (a, b) => a.Units.SequenceEqual(b.Units)),
        new("codes", (a, b) => a.Codes.Order(StringComparer.Ordinal).SequenceEqual(b.Codes.Order(StringComparer.Ordinal))),
        new("names", (a, b) => a.Names.All(name => Knows(b, name)) && b.Names.All(name => Knows(a, name))),
        new("negation", (a, b) => a.Negations == b.Negations),
        new("polarity", (a, b) => !Opposes(a, b) && !Opposes(b, a)),
        new("question", (a, b) => QuestionTypes.Agree(a.Question, b.Question)),
        new("tense", (a, b) => a.Tense == b.Tense),
        new("modality", (a, b) => a.Modality == b.Modality),
        new("order", (a, b) => !Swaps(a, b)),
    ];

    /// <summary>A lexical embedder knows no meaning: what it finds similar must be the same words, in parts that keep their order.</summary>
    private static readonly Guard Wording = new("wording", SameSegments);

    /// <summary>The name of the guard that holds the answer back; none when all agree.</summary>
    public static string? Veto(PromptFacts one, PromptFacts other, bool isLexical)
    {
        foreach (var guard in Always)
        {
            if (!guard.Agree(one, other)) return guard.Name;
        }

        return isLexical && !Wording.Agree(one, other) ? Wording.Name : null;
    }

    private static bool SameSegments(PromptFacts a, PromptFacts b) =>
        a.Segments.Select(segment => segment.Text).Order(StringComparer.Ordinal).SequenceEqual(b.Segments.Select(segment => segment.Text).Order(StringComparer.Ordinal));

    private static bool Knows(PromptFacts facts, string name) => facts.Stems.Contains(name) || facts.Words.Any(word => Stem.Of(word) == name);

    /// <summary>A word of the one stands against a word of the other: increase and decrease, likely and unlikely.</summary>
    private static bool Opposes(PromptFacts a, PromptFacts b)
    {
        foreach (var word in a.Words)
        {
            if (b.Words.Contains(word)) continue;
            foreach (var other in b.Words)
            {
                if (a.Words.Contains(other)) continue;
                if (GuardWords.Opposites.TryGetValue(Stem.Of(word), out var opposites) && opposites.Contains(Stem.Of(other))) return true;
                if (word.Length >= ShortestNegated && Negating.Any(prefix => other.Length == prefix.Length + word.Length && other.StartsWith(prefix, StringComparison.Ordinal) && other.EndsWith(word, StringComparison.Ordinal))) return true;
            }
        }

        return false;
    }

    /// <summary>What a preposition leads in the one stands elsewhere in the other: from A to B, from B to A.</summary>
    private static bool Swaps(PromptFacts a, PromptFacts b)
    {
        foreach (var segment in a.Segments)
        {
            foreach (var other in b.Segments)
            {
                if (segment.Head != other.Head || segment.Words[0] == other.Words[0]) continue;
                var isBoth = a.Segments.Count(same => same.Head == segment.Head) == 1 && b.Segments.Count(same => same.Head == segment.Head) == 1;
                if (isBoth && b.Stems.Contains(segment.Words[0]) && a.Stems.Contains(other.Words[0])) return true;
            }
        }

        return false;
    }
}
