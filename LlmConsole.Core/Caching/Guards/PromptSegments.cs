namespace LlmConsole.Core.Caching.Guards;

/// <summary>A part of a message that may change its place as a whole, such as <c>in python</c>; within it, the order of words matters.</summary>
/// <param name="Head">The preposition that leads it; empty for what a sentence begins with.</param>
internal sealed record PromptSegment(string Head, IReadOnlyList<string> Words)
{
    public string Text => $"{Head}: {string.Join(' ', Words)}";
}

/// <summary>Cuts a message into such parts.</summary>
internal static class PromptSegments
{
    private static readonly string[] Asking = ["what", "which", "how", "why", "who", "whom", "when", "where"];

    public static IReadOnlyList<PromptSegment> Of(IReadOnlyList<PromptToken> tokens, string question)
    {
        var segments = new List<PromptSegment>();
        var head = "";
        var words = new List<string>();
        for (var i = 0; i < tokens.Count; i++)
        {
            var (kind, text, _) = tokens[i];
            if (kind == TokenKind.Break) Cut("");
            else if (kind == TokenKind.Word && IsHead(tokens, i)) Cut(text);
            else if (kind == TokenKind.Word && text.EndsWith("'s", StringComparison.Ordinal) && i + 1 < tokens.Count && tokens[i + 1].Kind != TokenKind.Break)
            {
                // France's capital is the capital of France.
                segments.Add(new PromptSegment("of", [Stem.Of(text)]));
            }
            else if (kind != TokenKind.Word || Means(tokens, i, question)) words.Add(kind == TokenKind.Code ? text : Stem.Of(text));
        }

        Cut("");
        return segments;

        void Cut(string next)
        {
            if (words.Count > 0) segments.Add(new PromptSegment(head, Joined(words)));
            (head, words) = (next, []);
        }
    }

    /// <summary>The infinitive's <c>to</c> leads nothing: it stands before a word that isn't a thing, which only its place after a verb of wishing or asking tells.</summary>
    private static bool IsHead(IReadOnlyList<PromptToken> tokens, int i) =>
        GuardWords.Prepositions.Contains(tokens[i].Text) && !(tokens[i].Text == "to" && (i == 0 || tokens[i - 1].Text is "how" or "want" or "need" or "like" or "wish" or "have" or "way" or "where" or "when" or "what"));

    private static bool Means(IReadOnlyList<PromptToken> tokens, int i, string question)
    {
        var text = tokens[i].Text;
        if (text == "you") return !(i > 0 && tokens[i - 1].Text is "can" or "could" or "would" or "will" or "do" or "thank");
        if (text is "definition" or "meaning" or "define") return question != "what";
        if (text == "us" && i > 0 && tokens[i - 1].Text == "let") return false;
        if (text is "way" or "steps" or "step") return question != "how";
        return !GuardWords.Fillers.Contains(text) && Array.IndexOf(Asking, text) < 0 && !GuardWords.Past.Contains(text) && text != "should";
    }

    /// <summary>Two that <c>and</c>, <c>or</c> or <c>versus</c> joins stand in the order of the alphabet.</summary>
    private static List<string> Joined(List<string> words)
    {
        for (var i = 1; i + 1 < words.Count; i++)
        {
            if (!GuardWords.Joining.Contains(words[i])) continue;
            if (string.CompareOrdinal(words[i - 1], words[i + 1]) > 0) (words[i - 1], words[i + 1]) = (words[i + 1], words[i - 1]);
        }

        return words;
    }
}
