using System.Globalization;

namespace LlmConsole.Core.Conversations;

/// <summary>A title of one line, cut between characters that a reader sees as one.</summary>
internal static class ConversationTitle
{
    /// <summary>The first line of a question that has words, without the marks that Markdown puts before it.</summary>
    public static string OfQuestion(string question)
    {
        foreach (var line in question.AsSpan().EnumerateLines())
        {
            var title = From(line.TrimStart(" \t#>*-").ToString());
            if (title.Length > 0) return title;
        }

        return From(question);
    }

    public static string From(string text)
    {
        var line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        if (line.Length <= ConversationStore.MaxTitleLength) return line;
        var end = 0;
        while (end + StringInfo.GetNextTextElementLength(line, end) < ConversationStore.MaxTitleLength) end += StringInfo.GetNextTextElementLength(line, end);
        return line[..end] + "…";
    }
}
