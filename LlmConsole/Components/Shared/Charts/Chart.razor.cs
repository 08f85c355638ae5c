using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace LlmConsole.Components.Shared.Charts;

/// <summary>Lines over time. Drag to zoom, click to see what is behind a point, both also by keyboard.</summary>
public sealed partial class Chart
{
    private const int Ticks = 4;
    private const int MostNotes = 3;

    private readonly HashSet<string> _hidden = [];
    private ElementReference _plot;
    private IJSObjectReference? _script;
    private DotNetObjectReference<Chart>? _self;
    private bool _asTable;

    [Parameter, EditorRequired]
    public required string Title { get; set; }

    [Parameter]
    public string? Unit { get; set; }

    [Parameter, EditorRequired]
    public required ChartTime Time { get; set; }

    [Parameter, EditorRequired]
    public required IReadOnlyList<ChartSeries> Series { get; set; }

    /// <summary>Writes a value.</summary>
    [Parameter, EditorRequired]
    public required Func<double, string> Format { get; set; }

    /// <summary>The zone that moments are shown in.</summary>
    [Parameter]
    public TimeZoneInfo Zone { get; set; } = TimeZoneInfo.Utc;

    /// <summary>What happened meanwhile.</summary>
    [Parameter]
    public IReadOnlyList<ChartMark> Marks { get; set; } = [];

    /// <summary>The scale reaches at least this far.</summary>
    [Parameter]
    public double Least { get; set; }

    /// <summary>The step under the cursor, the same on all charts of a page.</summary>
    [Parameter]
    public int? Cursor { get; set; }

    [Parameter]
    public EventCallback<int?> CursorChanged { get; set; }

    /// <summary>Told the stretch of time that was dragged over.</summary>
    [Parameter]
    public EventCallback<(DateTimeOffset From, DateTimeOffset To)> OnZoom { get; set; }

    /// <summary>Told the point that was clicked.</summary>
    [Parameter]
    public EventCallback<ChartPoint> OnOpen { get; set; }

    private ChartGeometry Geometry() => new(Series.Where(series => !_hidden.Contains(series.Name)).Select(series => series.Values), Time.Count, Least, Time.UnderWay);

    /// <summary>What the picture says, for those who don't see it.</summary>
    private string Summary(ChartMarks marks)
    {
        var lines = Series.Select(series => series.Values.Any(value => value is not null) ? $"{series.Name}: now {Text(Last(series))}, at most {Text(series.Values.Max())}." : $"{series.Name}: nothing.");
        var more = marks.All.Count > MostNotes ? [$"And {marks.All.Count - MostNotes} earlier marks."] : Array.Empty<string>();
        return string.Join(' ', [$"{Title}, {Label(Time.At(0), true)} to {Label(Time.To, true)}.", .. lines, .. marks.All.Reverse().Take(MostNotes).Select(Note), .. more]);
    }

    private string Note(ChartMark mark) => $"{Label(mark.At, true)} {mark.Text}";

    /// <summary>The cursor moved to a share of the width; none when it left.</summary>
    [JSInvokable]
    public Task HoverAsync(double? share) => CursorChanged.InvokeAsync(share is { } at ? Time.IndexOf(at) : null);

    [JSInvokable]
    public Task ZoomAsync(double from, double to) => OnZoom.InvokeAsync((Time.At(Time.IndexOf(Math.Min(from, to))), Time.At(Time.IndexOf(Math.Max(from, to)) + 1)));

    /// <param name="share">Of the width.</param>
    /// <param name="height">Of the height, from below; none when a key was pressed instead.</param>
    [JSInvokable]
    public Task OpenAsync(double share, double? height)
    {
        var index = Time.IndexOf(share);
        return OnOpen.InvokeAsync(new ChartPoint(Time.At(index), Time.At(index + 1), height is { } at ? Nearest(index, at * Geometry().Top)?.Name : null));
    }

    public async ValueTask DisposeAsync()
    {
        _self?.Dispose();
        if (_script is null) return;
        try
        {
            await _script.DisposeAsync();
        }
        catch (JSDisconnectedException)
        {
            // The browser is gone, and the script with it.
        }
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender) return;
        _self = DotNetObjectReference.Create(this);
        _script = await Js.InvokeAsync<IJSObjectReference>("import", "./Components/Shared/Charts/Chart.razor.js");
        await _script.InvokeVoidAsync("attach", _plot, _self);
    }

    private void Toggle(string name)
    {
        if (!_hidden.Remove(name)) _hidden.Add(name);
    }

    private ChartSeries? Nearest(int index, double value) =>
        Series.Where(series => !_hidden.Contains(series.Name) && series.Values[index] is not null).MinBy(series => Math.Abs(series.Values[index]!.Value - value));

    private string Value(ChartSeries series) => Cursor is not { } step || step >= series.Values.Count ? Text(Last(series)) : series.Values[step] is { } value ? Format(value) + SoFar(step) : Text(null);

    /// <summary>The newest step that is over and has a value; where there is none, what the one under way came to so far.</summary>
    private double? Last(ChartSeries series) => series.Values.Take(Time.UnderWay ?? series.Values.Count).LastOrDefault(value => value is not null) ?? series.Values.LastOrDefault(value => value is not null);

    private string SoFar(int step) => step == Time.UnderWay ? " so far" : "";

    private string Text(double? value) => value is { } number ? Format(number) : "–";

    /// <summary>The hour that the end of summer time brings twice is told by its offset.</summary>
    private string Label(DateTimeOffset at, bool isExact)
    {
        var local = TimeZoneInfo.ConvertTime(at, Zone);
        var format = Time.Step < TimeSpan.FromMinutes(1) ? "HH:mm:ss" : Time.Step * Time.Count <= TimeSpan.FromDays(1.5) ? "HH:mm" : isExact ? "d MMM HH:mm" : "d MMM";
        if (isExact && Zone.IsAmbiguousTime(at)) format += " zzz";
        return local.ToString(format, CultureInfo.InvariantCulture);
    }

    private static string Css(double number) => number.ToString("0.#", CultureInfo.InvariantCulture);
}
