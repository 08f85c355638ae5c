using System.Diagnostics.CodeAnalysis;

namespace LlmConsole.Components.Chat.Markdown;

/// <summary>Which addresses an answer may link to: absolute ones of the web, and mailboxes. A relative address would lead into this console.</summary>
internal static class SafeUrl
{
    public static bool IsAllowed([NotNullWhen(true)] string? url) => TryParse(url, out _);

    public static bool TryParse([NotNullWhen(true)] string? url, [NotNullWhen(true)] out Uri? uri)
    {
        uri = null;
        if (url is null || !HasAllowedScheme(url) || url.Any(char.IsControl)) return false;
        return Uri.TryCreate(url, UriKind.Absolute, out uri) && (uri.Scheme == Uri.UriSchemeMailto || uri.Host.Length > 0);
    }

    private static bool HasAllowedScheme(string url) =>
        url.StartsWith("https://", StringComparison.OrdinalIgnoreCase)
        || url.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
        || url.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase);
}
