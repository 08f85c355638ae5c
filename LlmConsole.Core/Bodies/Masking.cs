using System.Text.RegularExpressions;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Core.Bodies;

/// <summary>Replaces in a text what the rules name by the word for it.</summary>
internal static partial class Masking
{
    public const string Secret = "[secret]";
    public const string Email = "[e-mail]";
    public const string Card = "[card]";

    /// <summary>For one rule and text. A text that somebody wrote to take longer isn't kept at all.</summary>
    private const int MaxMilliseconds = 2_000;

    /// <exception cref="RegexMatchTimeoutException">It takes too long.</exception>
    public static string Apply(string text, IReadOnlyList<BodyMask> masks)
    {
        for (var i = 0; i < masks.Count; i++)
        {
            text = masks[i] switch
            {
                BodyMask.Secrets => Secrets().Replace(text, Secret),
                BodyMask.Emails => Emails().Replace(text, Email),
                BodyMask.Cards => Digits().Replace(text, match => IsCard(match.ValueSpan) ? Card : match.Value),
                _ => text,
            };
        }

        return text;
    }

    /// <summary>Whether the digits end with the check digit that cards have (Luhn).</summary>
    internal static bool IsCard(ReadOnlySpan<char> text)
    {
        var (sum, count) = (0, 0);
        for (var i = text.Length - 1; i >= 0; i--)
        {
            if (!char.IsAsciiDigit(text[i])) continue;
            var digit = text[i] - '0';
            if (count++ % 2 == 1) digit = digit > 4 ? (digit * 2) - 9 : digit * 2;
            sum += digit;
        }

        return count is >= 13 and <= 19 && sum % 10 == 0;
    }

    // Keys by the forms that vendors give them, bearer tokens, JWTs, and private keys in PEM.
    [GeneratedRegex(
        @"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z)|\b(?:sk|pk|rk)[-_](?:[A-Za-z0-9]+[-_])*[A-Za-z0-9_-]{16,}|\bllmc_(?:live|admin)_[A-Za-z0-9]{20,}|\bllmc_client_[A-Za-z0-9_-]{20,}|\bwhsec_[A-Za-z0-9+/=]{20,}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{30,}|\bxox[abeprs]-[A-Za-z0-9-]{10,}|\bAIza[A-Za-z0-9_-]{35}|(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*|(?<=\b[Bb]earer\s)[A-Za-z0-9._~+/-]{16,}=*",
        RegexOptions.CultureInvariant, MaxMilliseconds)]
    private static partial Regex Secrets();

    // Looked for from the beginning of a word alone: a long text without any would be read once from each of its letters.
    [GeneratedRegex(@"(?<![A-Za-z0-9._%+-])(?>[A-Za-z0-9._%+-]+)@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b", RegexOptions.CultureInvariant, MaxMilliseconds)]
    private static partial Regex Emails();

    [GeneratedRegex(@"(?<![\d])\d(?:[ -]?\d){12,18}(?![\d])", RegexOptions.CultureInvariant, MaxMilliseconds)]
    private static partial Regex Digits();
}
