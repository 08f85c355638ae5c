using System.Globalization;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Components.Shared;

/// <summary>Reads what people type into number fields, and says in words what isn't a number.</summary>
internal static class NumberText
{
    public static bool TryRead(string? text, out int number) =>
        int.TryParse(text?.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);

    /// <summary>A whole number; zero and a problem when it isn't one.</summary>
    public static int Read(string? text, string field, ICollection<Problem> problems)
    {
        if (TryRead(text, out var number)) return number;
        problems.Add(new Problem(field, IsWholeNumber(text) ? "This number is too large." : "Enter a whole number in digits, such as 60."));
        return 0;
    }

    /// <summary>A whole number beyond the range of <see cref="Read"/>; zero and a problem when it isn't one.</summary>
    public static long ReadLong(string? text, string field, ICollection<Problem> problems)
    {
        if (long.TryParse(text?.Trim().Replace(",", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) return number;
        problems.Add(new Problem(field, IsWholeNumber(text) ? "This number is too large." : "Enter a whole number in digits, such as 1000000."));
        return 0;
    }

    /// <summary>An amount in dollars; none when the field is empty and may be.</summary>
    public static Usd? ReadDollars(string? text, string field, bool mayBeEmpty, ICollection<Problem> problems)
    {
        if (string.IsNullOrWhiteSpace(text) && mayBeEmpty) return null;
        if (!decimal.TryParse(text?.Trim().TrimStart('$'), NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var dollars))
        {
            problems.Add(new Problem(field, "Enter an amount in dollars, such as 2.50."));
            return null;
        }

        try
        {
            return Usd.FromDollars(dollars);
        }
        catch (OverflowException)
        {
            problems.Add(new Problem(field, "An amount has at most nine decimals and is below nine billion dollars."));
            return null;
        }
    }

    private static bool IsWholeNumber(string? text) => text?.Trim() is { Length: > 0 } digits && digits.TrimStart('-').All(char.IsAsciiDigit);
}
