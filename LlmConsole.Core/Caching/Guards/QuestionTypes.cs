namespace LlmConsole.Core.Caching.Guards;

/// <summary>What kind of answer a message asks for.</summary>
internal static class QuestionTypes
{
    private static readonly string[] Askers = ["who", "whom", "whose", "what", "which", "when", "where", "why", "how"];
    private static readonly string[] Measures = ["many", "much", "long", "far", "old", "often", "big", "tall", "high", "deep", "fast", "large", "heavy", "soon", "early", "late", "hot", "cold", "expensive", "likely", "well", "good", "safe", "hard", "difficult", "easy"];
    private static readonly string[] Tellers = ["explain", "describe", "define", "definition", "meaning"];

    /// <summary>Such as <c>who</c>, <c>how many</c> or <c>what</c>; <c>yes</c> for a yes-or-no question; empty where nothing tells.</summary>
    public static string Of(IReadOnlyList<PromptToken> tokens)
    {
        for (var i = 0; i < tokens.Count; i++)
        {
            var word = tokens[i].Text;
            if (tokens[i].Kind != TokenKind.Word) continue;
            if (word == "how") return i + 1 < tokens.Count && Measures.Contains(tokens[i + 1].Text) ? "how " + tokens[i + 1].Text : "how";
            if (word is "whom") return "who";
            if (word is "which") return "what";
            if (Array.IndexOf(Askers, word) >= 0) return word;
        }

        if (tokens.Any(token => Tellers.Contains(token.Text))) return "what";
        var first = tokens.FirstOrDefault(token => token.Kind == TokenKind.Word).Text;
        return first is "is" or "are" or "am" or "was" or "were" or "do" or "does" or "did" or "can" or "could" or "should" or "must" or "may" or "might" or "will" or "would" or "has" or "have" or "had"
            && !(tokens.Count > 1 && tokens[1].Text == "you") ? "yes" : "";
    }

    /// <summary>A message without a word of asking may ask for a thing as well as for what it is.</summary>
    public static bool Agree(string one, string other) => one == other || (one is "" && other is "what") || (one is "what" && other is "");
}
