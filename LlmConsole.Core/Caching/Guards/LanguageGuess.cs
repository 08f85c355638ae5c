using System.Text;

namespace LlmConsole.Core.Caching.Guards;

/// <summary>Which script a message is in, and which language where a few common words tell. Not a detector: it only has to notice when two messages differ.</summary>
internal static class LanguageGuess
{
    private static readonly (string Language, HashSet<string> Words)[] Common =
    [
        ("en", ["the", "is", "are", "what", "how", "why", "who", "when", "where", "which", "do", "does", "of", "and", "my", "can", "please", "you", "with", "for", "not", "to"]),
        ("de", ["der", "die", "das", "ist", "sind", "was", "wie", "warum", "wer", "wann", "wo", "und", "ein", "eine", "ich", "nicht", "mit", "für", "kann", "den", "von", "zu"]),
        ("fr", ["le", "la", "les", "est", "sont", "que", "quoi", "comment", "pourquoi", "qui", "quand", "où", "et", "un", "une", "je", "pas", "avec", "pour", "des", "du", "quelle", "quel"]),
        ("es", ["el", "la", "los", "las", "es", "son", "qué", "cómo", "por", "quién", "cuándo", "dónde", "y", "un", "una", "no", "con", "para", "del", "cuál", "puedo"]),
        ("it", ["il", "la", "gli", "è", "sono", "che", "cosa", "come", "perché", "chi", "quando", "dove", "e", "un", "una", "non", "con", "per", "del", "qual", "posso"]),
        ("pt", ["o", "a", "os", "as", "é", "são", "que", "como", "porque", "quem", "quando", "onde", "e", "um", "uma", "não", "com", "para", "do", "da", "qual"]),
        ("nl", ["de", "het", "een", "is", "zijn", "wat", "hoe", "waarom", "wie", "wanneer", "waar", "en", "ik", "niet", "met", "voor", "kan", "van"]),
        ("pl", ["jest", "są", "co", "jak", "dlaczego", "kto", "kiedy", "gdzie", "i", "nie", "z", "dla", "mogę", "czy", "w", "na"]),
        ("sv", ["är", "vad", "hur", "varför", "vem", "när", "var", "och", "en", "ett", "jag", "inte", "med", "för", "kan", "av"]),
        ("cs", ["je", "jsou", "co", "jak", "proč", "kdo", "kdy", "kde", "a", "ne", "s", "pro", "mohu", "v", "na", "se"]),
    ];

    /// <summary>Such as <c>latin en</c>; a script alone where no language stands out.</summary>
    public static string Of(string text)
    {
        var script = Script(text);
        if (script != "latin") return script;
        var words = text.ToLowerInvariant().Split([' ', ',', '.', '?', '!', '\n', '\'', '’', ':', ';', '¿', '¡'], StringSplitOptions.RemoveEmptyEntries);
        var best = Common.Select(language => (language.Language, Count: words.Count(language.Words.Contains))).OrderByDescending(found => found.Count).Take(2).ToArray();
        return best[0].Count > best[1].Count ? "latin " + best[0].Language : "latin";
    }

    /// <summary>Where neither tells its language, the script alone decides.</summary>
    public static bool Agree(string one, string other) => one == other || one == "latin" && other.StartsWith("latin", StringComparison.Ordinal) || other == "latin" && one.StartsWith("latin", StringComparison.Ordinal);

    private static string Script(string text)
    {
        Span<int> counts = stackalloc int[7];
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsLetter(rune)) counts[Index(rune.Value)]++;
        }

        return counts.IndexOf(System.Numerics.Tensors.TensorPrimitives.Max<int>(counts)) switch { 1 => "cyrillic", 2 => "greek", 3 => "arabic or hebrew", 4 => "kana", 5 => "han", 6 => "other", _ => "latin" };
    }

    private static int Index(int letter) => letter switch
    {
        < 0x250 => 0,
        >= 0x400 and < 0x530 => 1,
        >= 0x370 and < 0x400 => 2,
        >= 0x590 and < 0x780 => 3,
        >= 0x3040 and < 0x3100 => 4,
        >= 0x4E00 and < 0xA000 => 5,
        _ => 6,
    };
}
