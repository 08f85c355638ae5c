namespace LlmConsole.Core.Conversations;

/// <summary>A line of words around what was searched for.</summary>
internal static class Excerpt
{
    private const int Length = 120;

    /// <summary>Characters before what was found, so that it stands in view where the line is cut.</summary>
    private const int Lead = 24;

    public static string Around(string text, string sought)
    {
        var start = Math.Max(text.IndexOf(sought, StringComparison.OrdinalIgnoreCase) - Lead, 0);
        var end = Math.Min(start + Length, text.Length);
        if (start > 0 && char.IsLowSurrogate(text[start])) start++;
        if (end < text.Length && char.IsLowSurrogate(text[end])) end--;
        var line = string.Join(' ', text[start..end].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return $"{(start > 0 ? "…" : "")}{line}{(end < text.Length ? "…" : "")}";
    }
}
