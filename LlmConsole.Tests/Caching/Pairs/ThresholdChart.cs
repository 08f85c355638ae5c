using System.Globalization;
using System.Text;

namespace LlmConsole.Tests.Caching.Pairs;

/// <summary>Draws what a threshold does on the labelled set: rephrasings found and wrong answers given, with the guards and by similarity alone.</summary>
internal static class ThresholdChart
{
    private const int Width = 720;
    private const int Height = 360;
    private const int Left = 60;
    private const int Top = 40;
    private const int PlotWidth = 620;
    private const int PlotHeight = 250;
    private const double Lowest = 0.5;

    private static readonly (string Label, string Color, string Dash, Func<LabelledPair, double, bool> Hits, bool Right)[] Lines =
    [
        ("Rephrasings found, with guards", "#1a7f5a", "", (pair, threshold) => pair.Hits(threshold), true),
        ("Rephrasings found, similarity alone", "#1a7f5a", "5 4", (pair, threshold) => pair.Similarity >= threshold, true),
        ("Wrong answers, similarity alone", "#c0392b", "5 4", (pair, threshold) => pair.Similarity >= threshold, false),
        ("Wrong answers, with guards", "#c0392b", "", (pair, threshold) => pair.Hits(threshold), false),
    ];

    public static string Draw(IReadOnlyList<LabelledPair> pairs, double chosen)
    {
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#444\">\n<rect width=\"{Width}\" height=\"{Height}\" fill=\"#fff\"/>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"22\" font-size=\"14\" fill=\"#111\">Built-in embedder on {pairs.Count(pair => pair.ShouldHit)} rephrasings and {pairs.Count(pair => !pair.ShouldHit)} near-misses</text>\n");
        for (var share = 0; share <= 100; share += 25)
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" x2=\"{Left + PlotWidth}\" y1=\"{Y(share / 100.0)}\" y2=\"{Y(share / 100.0)}\" stroke=\"#e3e3e3\"/><text x=\"{Left - 8}\" y=\"{Y(share / 100.0) + 4}\" text-anchor=\"end\">{share} %</text>\n");
        for (var at = 50; at <= 100; at += 10)
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(at / 100.0)}\" y=\"{Top + PlotHeight + 18}\" text-anchor=\"middle\">{at / 100.0:0.0}</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{X(chosen)}\" x2=\"{X(chosen)}\" y1=\"{Top}\" y2=\"{Top + PlotHeight}\" stroke=\"#888\" stroke-dasharray=\"2 3\"/><text x=\"{X(chosen) + 5}\" y=\"{Top + 12}\">default {chosen:0.0#}</text>\n");
        for (var i = 0; i < Lines.Length; i++) Line(svg, pairs, i);
        return svg.Append("</svg>\n").ToString();
    }

    private static void Line(StringBuilder svg, IReadOnlyList<LabelledPair> pairs, int i)
    {
        var (label, color, dash, hits, right) = Lines[i];
        var counted = pairs.Where(pair => pair.ShouldHit == right).ToList();
        var points = Enumerable.Range(0, 51).Select(step => Lowest + (step / 100.0))
            .Select(threshold => string.Create(CultureInfo.InvariantCulture, $"{X(threshold)},{Y((double)counted.Count(pair => hits(pair, threshold)) / counted.Count)}"));
        var (x, y) = (Left + (i % 2 * 300), Top + PlotHeight + 40 + (i / 2 * 18));
        svg.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{string.Join(' ', points)}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\" stroke-dasharray=\"{dash}\"/>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{x}\" x2=\"{x + 24}\" y1=\"{y}\" y2=\"{y}\" stroke=\"{color}\" stroke-width=\"2\" stroke-dasharray=\"{dash}\"/><text x=\"{x + 30}\" y=\"{y + 4}\">{label}</text>\n");
    }

    private static double X(double threshold) => Math.Round(Left + ((threshold - Lowest) / (1 - Lowest) * PlotWidth), 1);

    private static double Y(double share) => Math.Round(Top + ((1 - share) * PlotHeight), 1);
}
