using System.Globalization;
using LlmConsole.Components.Shared;
using LlmConsole.Components.Shared.Charts;
using LlmConsole.Core;
using LlmConsole.Core.Alerts;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Metering.Live;
using Microsoft.AspNetCore.Components;

namespace LlmConsole.Components.Console.Overview;

/// <summary>What goes on: the last five minutes live, longer stretches from the books. The stretch is in the URL.</summary>
public sealed partial class OverviewPage
{
    private const int Calls = 10;
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SlowPace = TimeSpan.FromSeconds(30);

    private OverviewData? _data;
    private IReadOnlyList<UsageRecord>? _calls;
    private IReadOnlyList<ChartMark> _marks = [];
    private LiveFeed? _feed;
    private ITimer? _timer;
    private (string?, string?, string?)? _shown;
    private DateTimeOffset _slowAt;
    private DateTimeOffset _budgetAt;
    private Usd _today;
    private string? _budget;
    private int _underWay;
    private bool _paused;
    private bool _busy;

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private LiveMetrics Live { get; set; } = default!;

    [Inject]
    private LiveFeeds Feeds { get; set; } = default!;

    [Inject]
    private OverviewReader Reader { get; set; } = default!;

    [Inject]
    private AlertQueries Alerts { get; set; } = default!;

    [Inject]
    private AuditQueries Audit { get; set; } = default!;

    [Inject]
    private ReaderZone Zone { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "range")]
    private string? RangeName { get; set; }

    [SupplyParameterFromQuery]
    private string? From { get; set; }

    [SupplyParameterFromQuery]
    private string? To { get; set; }

    private TimeRange Range => TimeRange.Of(RangeName, From, To, OverviewRanges.Presets, Time.GetUtcNow());

    private bool IsLive => Range.Name == OverviewRanges.Live;

    private string Absolute => string.Create(CultureInfo.InvariantCulture, $"{Zone.OfChart(Range.From):d MMM HH:mm:ss} to {Zone.OfChart(Range.To):d MMM HH:mm:ss}");

    private IEnumerable<(string Text, string Href, bool Chosen)> Ranges =>
        OverviewRanges.Presets.Select(preset => (preset.Label, $"/admin?range={preset.Name}", Range.Name == preset.Name));

    protected override async Task OnParametersSetAsync()
    {
        if (_shown == (RangeName, From, To)) return;
        _shown = (RangeName, From, To);
        (_paused, _slowAt) = (false, default);
        CloseFeed();
        _feed = IsLive ? Feeds.Open() : null;
        if (_feed is { IsShort: true } feed) feed.Fill(await Reader.SecondsAsync(default));
        await RefreshAsync();
        _timer ??= Time.CreateTimer(_ => _ = InvokeAsync(TickAsync), null, Pace, Pace);
    }

    protected override void Dispose(bool disposing)
    {
        _timer?.Dispose();
        CloseFeed();
        base.Dispose(disposing);
    }

    private void CloseFeed()
    {
        if (_feed is not null) Feeds.Close();
        _feed = null;
    }

    private async Task TickAsync()
    {
        if (_paused || _busy || (!IsLive && (Range.Name is null || Time.GetUtcNow() - _slowAt < SlowPace))) return;
        await RefreshAsync();
        StateHasChanged();
    }

    private async Task RefreshAsync()
    {
        _busy = true;
        try
        {
            if (_feed is { } feed) (_data, _underWay) = (feed.Data(), feed.UnderWay);
            if (Time.GetUtcNow() - _slowAt >= (IsLive ? Pace * 5 : SlowPace)) await RefreshSlowAsync();
        }
        finally
        {
            _busy = false;
        }
    }

    /// <summary>What is read from the books: not at every second.</summary>
    private async Task RefreshSlowAsync()
    {
        _slowAt = Time.GetUtcNow();
        if (_feed is null)
        {
            var shown = _shown;
            var data = await Reader.OfAsync(Range, default);
            if (shown == _shown) (_data, _underWay) = (data, Live.Snapshot().UnderWay);
        }

        if (_data is { Time: var time }) _marks = OverviewMarks.Of(await Alerts.ChangedAsync(time.From, time.To, OverviewMarks.Most, default), await Audit.ChangesAsync(time.From, time.To, OverviewMarks.Most, default));
        _calls = await Reader.LastCallsAsync(Calls, default);
        _today = await Reader.TodayAsync(default);
        if (_slowAt - _budgetAt < SlowPace) return;
        _budgetAt = _slowAt;
        _budget = await Reader.FullestBudgetAsync(Snapshot, default);
    }

    private void Pause() => _paused = !_paused;

    private void Zoom((DateTimeOffset From, DateTimeOffset To) stretch) => Navigation.NavigateTo($"/admin?from={TimeRange.Text(stretch.From)}&to={TimeRange.Text(stretch.To)}");

    /// <summary>The calls behind a point: those that its line counts, where it doesn't count all. Live steps count calls when they end; the page of requests finds them by their arrival, so it is shown from a little earlier.</summary>
    private void Open(ChartPoint point) =>
        Navigation.NavigateTo($"/admin/requests?from={TimeRange.Text(IsLive ? point.From.AddSeconds(-15) : point.From)}&to={TimeRange.Text(point.To)}{Narrowed(point.Series)}");

    private static string? Narrowed(string? series) => series switch
    {
        OverviewCharts.Failed => "&is=error",
        OverviewCharts.Refused => "&outcome=refused",
        OverviewCharts.CacheHits or OverviewCharts.Saved => "&is=cached",
        _ => null,
    };

    private string Requests((string Name, string Value) filter) =>
        _data is { } data ? $"/admin/requests?{filter.Name}={Uri.EscapeDataString(filter.Value)}&from={TimeRange.Text(data.Time.From)}&to={TimeRange.Text(data.Time.To)}" : "/admin/requests";
}
