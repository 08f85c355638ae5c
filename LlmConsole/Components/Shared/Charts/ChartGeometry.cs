using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace LlmConsole.Components.Shared.Charts;

/// <summary>Where values lie on a plot of <see cref="Width"/> by <see cref="Height"/> units. The plot is stretched to its place, so units aren't pixels.</summary>
public sealed class ChartGeometry
{
    public const int Width = 1_000;
    public const int Height = 200;
    private const int MostLines = 4;

    private static readonly ConditionalWeakTable<IReadOnlyList<double?>, Drawing> DrawnLines = [];
    private static readonly ConditionalWeakTable<IReadOnlyList<double?>, Drawing> DrawnAreas = [];
    private readonly int _count;
    private readonly int? _underWay;

    /// <param name="series">What is shown; hidden lines don't count.</param>
    /// <param name="count">Steps of time.</param>
    /// <param name="least">The scale reaches at least this far.</param>
    /// <param name="underWay">The step that isn't over, which lines end before.</param>
    public ChartGeometry(IEnumerable<IReadOnlyList<double?>> series, int count, double least = 0, int? underWay = null)
    {
        (_count, _underWay) = (count, underWay);
        var highest = Math.Max(least, series.SelectMany(values => values).Max() ?? 0);
        Step = NiceStep(highest);
        Top = Math.Max(Step, Math.Ceiling(Math.Round(highest / Step, 6)) * Step);
    }

    /// <summary>The value at the upper edge. The lower one is zero.</summary>
    public double Top { get; }

    /// <summary>From one horizontal line to the next.</summary>
    public double Step { get; }

    /// <summary>The values of the horizontal lines, from zero up.</summary>
    public IEnumerable<double> Lines => Enumerable.Range(0, (int)Math.Round(Top / Step) + 1).Select(i => i * Step);

    public double X(int index) => _count <= 1 ? 0 : (double)index * Width / (_count - 1);

    public double Y(double value) => Height - (value * Height / Top);

    /// <summary>The line through the values, with gaps where there are none. A value between two gaps is a dot.</summary>
    public string Line(IReadOnlyList<double?> values) => Drawn(DrawnLines, values, all => DrawLine(all, 0, Whole(all)));

    /// <summary>From where the line ends to what the step under way came to so far.</summary>
    public string SoFar(IReadOnlyList<double?> values) => _underWay is { } step && step < values.Count && values[step] is not null ? DrawLine(values, Math.Max(0, step - 1), step + 1) : "";

    /// <summary>The area under the values, one piece between gaps.</summary>
    public string Area(IReadOnlyList<double?> values) => Drawn(DrawnAreas, values, DrawArea);

    /// <summary>Drawn once for all pages that show the same values at the same scale.</summary>
    private string Drawn(ConditionalWeakTable<IReadOnlyList<double?>, Drawing> drawings, IReadOnlyList<double?> values, Func<IReadOnlyList<double?>, string> draw)
    {
        if (drawings.TryGetValue(values, out var known) && known.Top == Top && known.Count == _count && known.UnderWay == _underWay) return known.Path;
        var path = draw(values);
        drawings.AddOrUpdate(values, new Drawing(Top, _count, _underWay, path));
        return path;
    }

    private int Whole(IReadOnlyList<double?> values) => Math.Min(_underWay ?? values.Count, values.Count);

    private string DrawLine(IReadOnlyList<double?> values, int first, int end)
    {
        var path = new StringBuilder();
        for (var i = first; i < end; i++)
        {
            if (values[i] is not { } value) continue;
            var begins = i == first || values[i - 1] is null;
            path.Append(CultureInfo.InvariantCulture, $"{(begins ? 'M' : 'L')}{X(i):0.#} {Y(value):0.#}");
            if (begins && (i == end - 1 || values[i + 1] is null)) path.Append("h.1");
        }

        return path.ToString();
    }

    private string DrawArea(IReadOnlyList<double?> values)
    {
        var (path, end) = (new StringBuilder(), Whole(values));
        for (var i = 0; i < end; i++)
        {
            if (values[i] is not { } value) continue;
            if (i == 0 || values[i - 1] is null) path.Append(CultureInfo.InvariantCulture, $"M{X(i):0.#} {Height}");
            path.Append(CultureInfo.InvariantCulture, $"L{X(i):0.#} {Y(value):0.#}");
            if (i == end - 1 || values[i + 1] is null) path.Append(CultureInfo.InvariantCulture, $"L{X(i):0.#} {Height}Z");
        }

        return path.ToString();
    }

    /// <summary>1, 2 or 5 times a power of ten, so that a few lines reach the highest value.</summary>
    private static double NiceStep(double highest)
    {
        if (highest <= 0) return 1;
        var rough = highest / MostLines;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        return (rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 } * power;
    }

    private sealed record Drawing(double Top, int Count, int? UnderWay, string Path);
}
