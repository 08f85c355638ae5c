namespace LlmConsole.Components.Shared.Charts;

/// <summary>One line of a chart.</summary>
/// <param name="Name">In the legend and as the table's column.</param>
/// <param name="Values">One for each step; none is a gap.</param>
/// <param name="Look">How it is drawn.</param>
public sealed record ChartSeries(string Name, IReadOnlyList<double?> Values, SeriesLook Look = SeriesLook.Solid);

/// <summary>A point of a chart.</summary>
/// <param name="From">When its step begins.</param>
/// <param name="To">When its step ends.</param>
/// <param name="Series">The line that it lies nearest to, when there was a pointer to tell.</param>
public sealed record ChartPoint(DateTimeOffset From, DateTimeOffset To, string? Series);

/// <summary>How a line is drawn; never told apart by colour alone.</summary>
public enum SeriesLook
{
    Solid,

    /// <summary>With the area under it, for totals.</summary>
    Area,
    Dashed,
    Dotted,

    /// <summary>Failures.</summary>
    Bad,

    /// <summary>What the cache answered.</summary>
    Cached,
}

/// <summary>The steps of time that a chart shows.</summary>
/// <param name="From">When the first step begins.</param>
/// <param name="Now">The step that it lies in isn't over; none when all are.</param>
public sealed record ChartTime(DateTimeOffset From, TimeSpan Step, int Count, DateTimeOffset? Now = null)
{
    public DateTimeOffset To => At(Count);

    /// <summary>The step that has begun and isn't over: what it shows is what it came to so far.</summary>
    public int? UnderWay => Now is { } now && now > From && now < To ? (int)((now - From) / Step) : null;

    public DateTimeOffset At(int index) => From + (Step * index);

    /// <summary>Where a moment lies: a share of the width.</summary>
    public double ShareOf(DateTimeOffset at) => Count <= 1 ? 0 : Math.Clamp((at - From) / Step / (Count - 1), 0, 1);

    /// <summary>The step at a share of the width (0 to 1).</summary>
    public int IndexOf(double share) => Math.Clamp((int)Math.Round(share * (Count - 1)), 0, Math.Max(0, Count - 1));
}
