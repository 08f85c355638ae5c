using LlmConsole.Components.Console.Overview;
using LlmConsole.Components.Shared;
using LlmConsole.Components.Shared.Charts;
using LlmConsole.Core.Caching;
using LlmConsole.Core.Metering;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace LlmConsole.Components.Console.Cache;

/// <summary>What the cache answered and saved, by time and tenant, and the way to purge it. The stretch of time is in the URL.</summary>
public sealed partial class CachePage
{
    private static readonly RangePreset[] Presets = [new("24h", "24 h", TimeSpan.FromHours(24)), new("7d", "7 days", TimeSpan.FromDays(7)), new("30d", "30 days", TimeSpan.FromDays(30))];

    private OverviewData? _data;
    private IReadOnlyList<UsageGroup>? _tenants;
    private CacheHomes? _homes;
    private string? _purged;
    private int? _cursor;

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private OverviewReader Reader { get; set; } = default!;

    [Inject]
    private KeptAnswers Answers { get; set; } = default!;

    [Inject]
    private UsageBreakdowns Breakdowns { get; set; } = default!;

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

    private TimeRange Range => TimeRange.Of(RangeName, From, To, Presets, Time.GetUtcNow());

    private IEnumerable<(string Text, string Href, bool Chosen)> Ranges => Presets.Select(preset => (preset.Label, $"/admin/cache?range={preset.Name}", Range.Name == preset.Name));

    protected override async Task OnParametersSetAsync()
    {
        var data = await Reader.OfAsync(Range, default);
        _tenants = await Breakdowns.GroupAsync(data.Time.From, data.Time.To, UsageDimension.Tenant, new BreakdownFilter(), default);
        _homes = await Answers.HomesAsync();
        _data = data;
    }

    /// <summary>Embeddings are on the chart only where they cost something.</summary>
    private static IReadOnlyList<ChartSeries> Money(OverviewData data)
    {
        var saved = new ChartSeries("saved by the cache", data.Rates(sums => sums.SavedCostNanos * 3_600.0), SeriesLook.Cached);
        return data.Now.EmbeddingCostNanos == 0 ? [saved] : [saved, new ChartSeries("paid for embeddings", data.Rates(sums => sums.EmbeddingCostNanos * 3_600.0), SeriesLook.Dashed)];
    }

    private string Policy(string tenantId) => Snapshot.CallerOf(tenantId) is { } caller ? CacheSentence.Of(caller.Cache) : "–";

    private void Move(int? cursor) => _cursor = cursor;

    private void Zoom((DateTimeOffset From, DateTimeOffset To) stretch) => Navigation.NavigateTo($"/admin/cache?from={TimeRange.Text(stretch.From)}&to={TimeRange.Text(stretch.To)}");

    private async Task PurgeAsync()
    {
        var dialog = await Dialogs.ShowAsync<PurgeDialog>("Purge the cache", new DialogParameters<PurgeDialog>());
        if (await dialog.Result is not { Canceled: false, Data: string purged }) return;
        (_purged, _homes) = (purged, await Answers.HomesAsync());
    }
}
