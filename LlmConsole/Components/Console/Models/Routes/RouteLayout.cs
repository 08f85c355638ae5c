using System.Globalization;

namespace LlmConsole.Components.Console.Models.Routes;

/// <summary>Where the parts of a route are drawn, in pixels: the model at the left, its groups of targets in the order that they are asked, then its fallback models.</summary>
public sealed class RouteLayout
{
    public const int EntryWidth = 130;
    public const int EntryHeight = 40;
    public const int NodeWidth = 220;
    public const int NodeHeight = 62;
    public const int FallbackHeight = 32;
    public const int Head = 26;
    private const int Padding = 10;
    private const int Gap = 10;
    private const int Between = 56;
    private const double ThinnestLine = 1.5;
    private const double ShareLine = 6;

    private RouteLayout(IReadOnlyList<RouteColumn> columns, IReadOnlyList<RouteLine> lines, int width, int height) => (Columns, Lines, Width, Height) = (columns, lines, width, height);

    public IReadOnlyList<RouteColumn> Columns { get; }

    public IReadOnlyList<RouteLine> Lines { get; }

    public int Width { get; }

    public int Height { get; }

    public int EntryTop => (Height - EntryHeight) / 2;

    public static RouteLayout Of(IReadOnlyList<RouteTarget> targets, IReadOnlyList<string> fallbacks)
    {
        var groups = targets.Index().GroupBy(target => target.Item.Target.Group).OrderBy(group => group.Key).Select(group => group.ToList()).ToList();
        var heights = groups.Select(group => Stacked(group.Count, NodeHeight)).Append(fallbacks.Count == 0 ? 0 : Stacked(fallbacks.Count, FallbackHeight));
        var height = Head + Math.Max(heights.Max(), EntryHeight);
        var columns = new List<RouteColumn>();
        foreach (var (position, group) in groups.Index()) columns.Add(Column(position, position == 0 ? "Asked first" : "If none answers", [.. group.Select(target => target.Index)], NodeHeight, height));
        if (fallbacks.Count > 0) columns.Add(Column(columns.Count, "Then these models", [.. Enumerable.Range(0, fallbacks.Count)], FallbackHeight, height) with { IsFallbacks = true });
        return new RouteLayout(columns, [.. Connect(columns, targets, height)], columns[^1].Left + columns[^1].Width + 1, height);
    }

    private static int Stacked(int count, int nodeHeight) => (2 * Padding) + (count * nodeHeight) + ((count - 1) * Gap);

    private static RouteColumn Column(int position, string title, IReadOnlyList<int> items, int nodeHeight, int height)
    {
        var stacked = Stacked(items.Count, nodeHeight);
        var (left, top) = (EntryWidth + Between + (position * (NodeWidth + (2 * Padding) + Between)), Head + ((height - Head - stacked) / 2));
        return new RouteColumn(title, left, top, NodeWidth + (2 * Padding), stacked, [.. items.Select((item, i) => new RouteNode(item, left + Padding, top + Padding + (i * (nodeHeight + Gap)), nodeHeight))]);
    }

    private static IEnumerable<RouteLine> Connect(List<RouteColumn> columns, IReadOnlyList<RouteTarget> targets, int height)
    {
        var middle = height / 2;
        foreach (var node in columns[0].Nodes)
        {
            var share = targets[node.Item].Share;
            yield return new RouteLine(Curve(EntryWidth, middle, node.Left, node.Top + (node.Height / 2)), share is { } part ? ThinnestLine + (ShareLine * part) : 1, IsOnTrouble: false, IsUnused: share is null);
        }

        for (var i = 1; i < columns.Count; i++)
        {
            var (from, to) = (columns[i - 1], columns[i]);
            yield return new RouteLine(Curve(from.Left + from.Width, from.Top + (from.Height / 2), to.Left, to.Top + (to.Height / 2)), ThinnestLine, IsOnTrouble: true, IsUnused: false);
        }
    }

    private static string Curve(int x1, int y1, int x2, int y2)
    {
        var bend = (x1 + x2) / 2;
        return string.Create(CultureInfo.InvariantCulture, $"M{x1} {y1}C{bend} {y1} {bend} {y2} {x2} {y2}");
    }
}

/// <summary>What is asked at the same stage.</summary>
public sealed record RouteColumn(string Title, int Left, int Top, int Width, int Height, IReadOnlyList<RouteNode> Nodes)
{
    public bool IsFallbacks { get; init; }
}

/// <summary>One target or fallback model.</summary>
/// <param name="Item">Its position among the model's targets or fallbacks.</param>
public sealed record RouteNode(int Item, int Left, int Top, int Height);

/// <summary>A way that a call may take.</summary>
/// <param name="Path">As SVG writes it.</param>
/// <param name="Width">The more calls, the thicker.</param>
/// <param name="IsOnTrouble">Taken only when what is before it doesn't answer.</param>
/// <param name="IsUnused">Leads to a drained target.</param>
public sealed record RouteLine(string Path, double Width, bool IsOnTrouble, bool IsUnused);
