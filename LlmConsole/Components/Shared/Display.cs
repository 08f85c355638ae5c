using System.Globalization;
using System.Text.RegularExpressions;
using LlmConsole.Core;

namespace LlmConsole.Components.Shared;

/// <summary>Numbers and moments as people read them.</summary>
internal static partial class Display
{
    private const string NoBreak = "\u00a0";

    /// <summary><c>950</c>, <c>12,400</c>, <c>1.24 M</c>: exact up to five digits, three figures beyond.</summary>
    public static string Compact(long value)
    {
        var magnitude = Math.Abs((decimal)value);
        return magnitude switch
        {
            < 100_000 => Exact(value),
            < 999_500 => Scaled(value, 1_000, "k"),
            < 999_500_000 => Scaled(value, 1_000_000, "M"),
            _ => Scaled(value, 1_000_000_000, "G"),
        };
    }

    public static string Exact(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary><c>412 ms</c>, <c>3.2 s</c>, <c>2 min 5 s</c>; a dash for none.</summary>
    public static string Duration(double? milliseconds) => milliseconds is { } value ? Whole(Figures.Duration(value)) : "–";

    /// <inheritdoc cref="Figures.Percent"/>
    public static string Percent(double percent) => Whole(Figures.Percent(percent));

    /// <summary>A text whose numbers stay in one line with their units, however narrow its place is: <c>5 %</c>, <c>30.0 s</c>, <c>3 days</c>.</summary>
    public static string Whole(string text) => BeforeUnit().Replace(text, NoBreak);

    /// <summary><c>just now</c>, <c>5 min ago</c>, <c>in 3 days</c>.</summary>
    public static string Relative(DateTimeOffset moment, DateTimeOffset now)
    {
        var distance = (now - moment).Duration();
        if (distance < TimeSpan.FromSeconds(5)) return "just now";
        var amount = distance switch
        {
            { TotalSeconds: < 60 } => Invariant($"{distance.Seconds} s"),
            { TotalMinutes: < 60 } => Invariant($"{distance.Minutes} min"),
            { TotalHours: < 24 } => Invariant($"{distance.Hours} h"),
            { TotalDays: < 2 } => "1 day",
            { TotalDays: < 60 } => Invariant($"{distance.Days} days"),
            { TotalDays: < 730 } => Invariant($"{distance.Days / 30} months"),
            _ => Invariant($"{distance.Days / 365} years"),
        };
        return Whole(moment <= now ? $"{amount} ago" : $"in {amount}");
    }

    public static string Utc(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>Shortened in the middle; the end tells apart what was made at the same time.</summary>
    public static string ShortId(string id) => id.Length <= 16 ? id : $"{id[..8]}…{id[^6..]}";

    private static string Scaled(long value, decimal unit, string suffix)
    {
        var scaled = value / unit;
        var format = Math.Abs(scaled) switch { < 9.995m => "0.00", < 99.95m => "0.0", _ => "0" };
        return $"{scaled.ToString(format, CultureInfo.InvariantCulture)}{NoBreak}{suffix}";
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(?<=[0-9]) (?=(%|ms|s|min|h|days?|months|years|[kMG]|B|[KMG]i?B)(?!\w))|(?<=<) (?=[0-9])")]
    private static partial Regex BeforeUnit();
}
