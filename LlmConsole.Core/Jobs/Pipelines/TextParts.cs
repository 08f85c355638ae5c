using LlmConsole.Core.Metering;

namespace LlmConsole.Core.Jobs.Pipelines;

/// <summary>Cuts a text into parts of at most so many tokens, where it reads best: between paragraphs, else lines, else sentences, else words.</summary>
internal static class TextParts
{
    /// <summary>More characters than this are never one token's share: a cheap bound before counting.</summary>
    private const int CharactersPerToken = 8;
    private static readonly string[] Seams = ["\n\n", "\n", ". ", " "];

    /// <summary>The parts, in order; none of them empty.</summary>
    public static IReadOnlyList<string> Of(string text, int tokens, TokenCounter counter)
    {
        var parts = new List<string>();
        for (var rest = text.AsSpan().Trim(); !rest.IsEmpty;)
        {
            var length = LengthOf(rest, tokens, counter);
            parts.Add(rest[..length].Trim().ToString());
            rest = rest[length..].TrimStart();
        }

        return parts;
    }

    /// <summary>Joins texts into as few as hold at most so many tokens; at least two go together, so that there are fewer each time.</summary>
    public static IReadOnlyList<string> Together(IReadOnlyList<string> texts, int tokens, TokenCounter counter)
    {
        var (groups, group, size) = (new List<string>(), new List<string>(), 0L);
        foreach (var text in texts)
        {
            var count = counter.Count(text);
            if (group.Count >= 2 && size + count > tokens)
            {
                groups.Add(string.Join("\n\n", group));
                (group, size) = ([], 0);
            }

            group.Add(text);
            size += count;
        }

        groups.Add(string.Join("\n\n", group));
        return groups;
    }

    /// <summary>How much of the text the next part takes: the most that fits, cut at the best seam in its second half.</summary>
    private static int LengthOf(ReadOnlySpan<char> text, int tokens, TokenCounter counter)
    {
        var most = (int)Math.Min(text.Length, (long)tokens * CharactersPerToken);
        while (true)
        {
            var count = counter.Count(text[..most].ToString());
            if (count <= tokens) break;

            // Nearer with each step, and always shorter.
            most = Math.Max(1, (int)Math.Min(most - 1, most * (long)tokens / count));
            if (most == 1) break;
        }

        if (most == text.Length) return most;
        foreach (var seam in Seams)
        {
            if (text[..most].LastIndexOf(seam) is var at && at >= most / 2) return at + seam.Length;
        }

        return most > 1 && char.IsHighSurrogate(text[most - 1]) ? most - 1 : most;
    }
}
