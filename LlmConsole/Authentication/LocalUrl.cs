namespace LlmConsole.Authentication;

/// <summary>Where to go after signing in: only to this site, whatever the link said.</summary>
internal static class LocalUrl
{
    public static string Or(string? url, string fallback) => IsLocal(url) ? url! : fallback;

    // Browsers read "\" as "/" and skip tabs and line breaks, so "//host", "/\host" and "/<tab>/host" all lead elsewhere.
    private static bool IsLocal(string? url) =>
        url is ['/', ..] && !(url.Length > 1 && url[1] is '/' or '\\') && !url.Any(char.IsControl);
}
