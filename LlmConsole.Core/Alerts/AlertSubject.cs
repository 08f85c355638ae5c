using System.Text.RegularExpressions;

namespace LlmConsole.Core.Alerts;

/// <summary>What an alert is about. Once it is over, its sentence is all that says so.</summary>
public static partial class AlertSubject
{
    /// <summary>The model whose calls failed, were slow or had no price; none where it isn't one model's.</summary>
    public static string? ModelOf(string sentence) => Model().Match(sentence) is { Success: true } match ? match.Groups[1].Value : null;

    [GeneratedRegex(" of model (.+?)(?: failed in the last |'s (?:calls|answers) took | used tokens while )", RegexOptions.Singleline)]
    private static partial Regex Model();
}
