namespace LlmConsole.Components.Shared;

/// <summary>Names in one text field, separated by commas or line breaks.</summary>
internal static class TextList
{
    private static readonly char[] Separators = [',', '\n', '\r'];

    public static IReadOnlyList<string> Split(string? text) =>
        (text ?? "").Split(Separators, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public static string Join(IEnumerable<string> names) => string.Join(", ", names);
}
