using System.Globalization;

namespace LlmConsole.Core;

/// <summary>Quantities as people read them, wherever a sentence tells of one.</summary>
public static class Figures
{
    /// <summary><c>412 ms</c>, <c>3.2 s</c>, <c>2 min 5 s</c>.</summary>
    public static string Duration(double milliseconds) => milliseconds switch
    {
        < 999.5 => Invariant($"{milliseconds:0} ms"),
        < 59_950 => Invariant($"{milliseconds / 1_000:0.0} s"),
        _ => Minutes((long)Math.Round(milliseconds / 1_000)),
    };

    /// <summary><c>12.5 %</c>; a little is never called none.</summary>
    public static string Percent(double percent) => percent is > 0 and < 0.1 ? "< 0.1 %" : Invariant($"{percent:0.#} %");

    private static string Minutes(long seconds) => Invariant($"{seconds / 60} min {seconds % 60} s");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
