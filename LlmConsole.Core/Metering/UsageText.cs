namespace LlmConsole.Core.Metering;

/// <summary>Texts of callers and providers as the books can hold them: PostgreSQL knows no NUL character, and its indexes no endless keys.</summary>
internal static class UsageText
{
    private const int MaxUser = 200;

    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(text))]
    public static string? Of(string? text) => text is not null && text.Contains('\0', StringComparison.Ordinal) ? text.Replace('\0', '\uFFFD') : text;

    /// <summary>A JWT's subject has no limit of its own.</summary>
    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(id))]
    public static string? User(string? id) => Of(id is { Length: > MaxUser } ? id[..MaxUser] : id);
}
