namespace LlmConsole.Components.Shared.Charts;

/// <summary>Something that happened at a moment: a vertical line through a chart.</summary>
/// <param name="Text">What happened, in words.</param>
public sealed record ChartMark(DateTimeOffset At, string Text, MarkKind Kind);

/// <summary>What a mark tells of, the most urgent last.</summary>
public enum MarkKind
{
    /// <summary>Something that went wrong is over.</summary>
    End,

    /// <summary>Somebody changed something.</summary>
    Change,

    /// <summary>Something goes wrong.</summary>
    Trouble,
}

/// <summary>The marks that lie on a chart, oldest first.</summary>
internal sealed class ChartMarks(IEnumerable<ChartMark> marks, ChartTime time)
{
    /// <summary>How near, as a share of the width, the cursor must be to a mark: steps of seconds are thinner than a pointer.</summary>
    private const double Near = .012;

    /// <summary>Lines that lie closer together are one.</summary>
    private const int MostLines = 250;

    /// <summary>In the order of time; of those at one moment the most urgent last.</summary>
    public IReadOnlyList<ChartMark> All { get; } = [.. marks.Where(mark => mark.At >= time.From && mark.At <= time.To).OrderBy(mark => mark.At).ThenBy(mark => mark.Kind)];

    /// <summary>Where lines are drawn. The most urgent come last, and so above others at the same place.</summary>
    public IEnumerable<(double Share, MarkKind Kind)> Lines =>
        All.Select(mark => (Share: Math.Round(time.ShareOf(mark.At) * MostLines) / MostLines, mark.Kind)).Distinct().OrderBy(line => line.Kind);

    /// <summary>Those of a step, newest first.</summary>
    public IEnumerable<ChartMark> Of(int step) => All.Reverse().Where(mark => Math.Clamp((int)((mark.At - time.From) / time.Step), 0, time.Count - 1) == step);

    /// <summary>Those around the step under the cursor, newest first.</summary>
    public IReadOnlyList<ChartMark> Around(int? step)
    {
        if (step is not { } index || time.Count <= 1) return [];
        var near = Math.Max(Near, .5 / (time.Count - 1));
        return [.. All.Reverse().Where(mark => Math.Abs(time.ShareOf(mark.At) - ((double)index / (time.Count - 1))) <= near)];
    }
}
