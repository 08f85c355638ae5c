namespace LlmConsole.Core.Caching.Semantic;

/// <summary>Where a share lies with 95 % confidence, by Wilson's score: sound for few observations too, and for shares near 0 and 1.</summary>
public readonly record struct WilsonInterval(double Low, double High)
{
    /// <summary>The 97.5th percentile of the normal distribution.</summary>
    private const double Z = 1.959963984540054;

    /// <summary>None without observations.</summary>
    public static WilsonInterval? Of(int successes, int observations)
    {
        if (observations <= 0) return null;
        var share = (double)successes / observations;
        var scale = 1 + (Z * Z / observations);
        var middle = (share + (Z * Z / (2.0 * observations))) / scale;
        var reach = Z / scale * Math.Sqrt((share * (1 - share) / observations) + (Z * Z / (4.0 * observations * observations)));
        return new WilsonInterval(Math.Max(0, middle - reach), Math.Min(1, middle + reach));
    }
}
