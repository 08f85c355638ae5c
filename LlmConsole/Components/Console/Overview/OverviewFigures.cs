using System.Globalization;
using LlmConsole.Components.Shared;
using LlmConsole.Core;
using LlmConsole.Core.Metering.Live;

namespace LlmConsole.Components.Console.Overview;

/// <summary>Figures of the overview as people read them.</summary>
internal static class OverviewFigures
{
    /// <summary><c>0</c>, <c>0.25</c>, <c>12.4</c>, <c>1,240</c>.</summary>
    public static string Rate(double value) => value switch
    {
        0 => "0",
        < 0.01 => "< 0.01",
        < 10 => value.ToString("0.##", CultureInfo.InvariantCulture),
        < 100 => value.ToString("0.#", CultureInfo.InvariantCulture),
        < 100_000 => value.ToString("N0", CultureInfo.InvariantCulture),
        _ => Display.Compact((long)value),
    };

    public static string Milliseconds(double value) => value == 0 ? "0" : Display.Duration(value);

    /// <summary>Money of a chart: nano-dollars, of which a rate may have parts. Below a cent, two digits that say something: <c>$0.00042</c>.</summary>
    public static string Money(double nanos)
    {
        if (nanos >= Usd.NanosPerDollar / 100 || nanos <= 0) return new Usd((long)nanos).ToString();
        var dollars = nanos / Usd.NanosPerDollar;
        return "$" + dollars.ToString("F" + (1 - (int)Math.Floor(Math.Log10(dollars))), CultureInfo.InvariantCulture).TrimEnd('0');
    }

    public static double? ErrorPercent(CallSums sums) => sums.Calls == 0 ? null : 100.0 * sums.Errors / sums.Calls;

    public static double? HitPercent(CallSums sums) => sums.CacheLookups == 0 ? null : 100.0 * sums.CacheHits / sums.CacheLookups;

    /// <summary><c>▲ +12 % on the minute before</c>; empty when there is nothing to compare with.</summary>
    public static string Delta(double? now, double? before, string than) => now is { } value && before is { } earlier && earlier > 0
        ? Display.Whole(string.Create(CultureInfo.InvariantCulture, $"{(value >= earlier ? "▲ +" : "▼ −")}{Math.Abs(100 * (value - earlier) / earlier):0} % on {than}"))
        : "";
}
