using System.Globalization;
using LlmConsole.Components.Shared;
using LlmConsole.Core.Caching.Semantic;
using LlmConsole.Core.Configuration;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Forms;

namespace LlmConsole.Components.Console.Cache;

/// <summary>What a threshold would have done with the pairs that shadow mode collected, or with those of a file: seen, labelled and measured before it is set.</summary>
public sealed partial class LabPage
{
    private const string NoPairs =
        """Pairs are collected where a policy has shadow mode and the keeping of pairs on. Turn both on, wait for calls, and come back; or load a file of lines such as {"a":"…","b":"…","label":true}, in which a message is compared by its wording.""";

    private const int Shown = 20;
    private const long LargestFile = 8 * 1024 * 1024;
    private static readonly double[] Wanted = [0.9, 0.95, 0.98, 0.99];
    private static readonly RangePreset[] Presets = [new("30d", "30 days", TimeSpan.FromDays(30)), new("7d", "7 days", TimeSpan.FromDays(7)), new("24h", "24 h", TimeSpan.FromHours(24))];

    private ThresholdSweep? _sweep;
    private string _tenantId = "";
    private string? _file;
    private string? _message;
    private double _threshold = SemanticCachePolicy.DefaultThreshold;
    private (int Version, string From) _slider = (0, Text(SemanticCachePolicy.DefaultThreshold));
    private double _wanted = 0.95;
    private bool _isBad;
    private bool _busy;

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private CachePairs Pairs { get; set; } = default!;

    [Inject]
    private ConfigurationEditor Editor { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "tenant")]
    private string? TenantId { get; set; }

    [SupplyParameterFromQuery(Name = "range")]
    private string? RangeName { get; set; }

    private TimeRange Range => TimeRange.Of(RangeName, null, null, Presets, Time.GetUtcNow());

    // The first preset is what the page begins with; they stand in the order of other pages.
    private IEnumerable<(string Text, string Href, bool Chosen)> Ranges => Presets.Reverse().Select(preset => (preset.Label, Url(_tenantId, preset.Name), Range.Name == preset.Name));

    /// <summary>What callers asked is for those who may change the policy; a file is its owner's.</summary>
    private bool MayReadPairs => MayEdit || _file is not null;

    private double InForce => Snapshot.CallerOf(_tenantId)?.Cache.Semantic.Threshold ?? SemanticCachePolicy.DefaultThreshold;

    protected override async Task OnParametersSetAsync()
    {
        var tenant = Snapshot.Tenants.GetValueOrDefault(TenantId ?? "") ?? Snapshot.Tenants.Values.MinBy(tenant => tenant.Name, StringComparer.OrdinalIgnoreCase);
        if (tenant is not null && tenant.Id != _tenantId)
        {
            _tenantId = tenant.Id;
            Put(Math.Round(InForce, 2));
        }

        if (_file is null) await ReadAsync();
    }

    private static string Url(string tenantId, string? range) => $"/admin/cache/lab?tenant={Uri.EscapeDataString(tenantId)}&range={range}";

    private static string Text(double value) => value.ToString("0.00##", CultureInfo.InvariantCulture);

    private static string Percent(double share) => Display.Percent(100 * share);

    private static double Number(ChangeEventArgs e) => double.Parse(e.Value?.ToString() ?? "", CultureInfo.InvariantCulture);

    private static string Interval(SweepPoint point) => point.Interval is { } interval ? $"{Percent(interval.Low)} to {Percent(interval.High)} (95\u00a0%), {point.Right + point.Wrong} labelled" : "no hit is labelled yet";

    private async Task ReadAsync()
    {
        // Reading the pairs is noted in the audit log, so the page that is drawn beforehand doesn't.
        if (!RendererInfo.IsInteractive) return;
        _sweep = new ThresholdSweep(MayEdit && Snapshot.Tenants.GetValueOrDefault(_tenantId) is { } tenant
            ? [.. (await Pairs.ReadAsync(await Me.AuthorizeAsync(), tenant, Range.From, CachePairs.MostPerTenant, default)).Select(SweepPair.Of)]
            : await Pairs.MeasuresAsync(_tenantId, Range.From, default));
    }

    private void ChooseTenant(ChangeEventArgs e) => Navigation.NavigateTo(Url(e.Value?.ToString() ?? "", Range.Name));

    private void Slide(ChangeEventArgs e) => _threshold = Number(e);

    /// <summary>Puts the slider there. While it is slid, the page tells it nothing: an answer that comes late would move it back.</summary>
    private void Put(double threshold) => (_threshold, _slider) = (threshold, (_slider.Version + 1, Text(threshold)));

    private async Task UploadAsync(InputFileChangeEventArgs e)
    {
        try
        {
            using var reader = new StreamReader(e.File.OpenReadStream(LargestFile));
            _sweep = new ThresholdSweep(PairFile.Read(await reader.ReadToEndAsync()));
            (_file, _message) = (e.File.Name, null);
        }
        catch (FormatException unreadable)
        {
            Say(unreadable.Message, isBad: true);
        }
        catch (IOException)
        {
            Say("The file is larger than 8 MB, or was not sent whole. Send a smaller one.", isBad: true);
        }
    }

    private Task RemoveFileAsync()
    {
        (_file, _message) = (null, null);
        return ReadAsync();
    }

    /// <summary>Labels of a file's pairs last as long as the page; those of collected pairs are kept.</summary>
    private async Task LabelAsync((string Id, bool? IsRight) label)
    {
        if (_sweep is null) return;
        try
        {
            var actor = await Me.AuthorizeAsync();
            if (_file is null && !await Pairs.LabelAsync(actor, label.Id, label.IsRight, default)) Say("This pair is gone: pairs are kept for 30 days.", isBad: true);
            _sweep = new ThresholdSweep([.. _sweep.Pairs.Select(pair => pair.Id == label.Id ? pair with { IsRight = label.IsRight } : pair)]);
        }
        catch (ConfigurationInvalidException refusal)
        {
            Say(refusal.Message, isBad: true);
        }
    }

    /// <summary>Sets the threshold only: whether alike messages are answered at all stays as it is.</summary>
    private async Task ApplyAsync()
    {
        if (_busy) return;
        _busy = true;
        try
        {
            await Editor.SaveAsync(await Me.AuthorizeAsync(), snapshot => snapshot.Tenants.TryGetValue(_tenantId, out var tenant)
                ? [Change.Put(tenant with { Cache = WithThreshold(tenant.Cache ?? snapshot.Tiers[tenant.TierId].Cache) })]
                : [], default);
            Say($"Applied {Text(_threshold)}. {CacheSentence.Of(Snapshot.CallerOf(_tenantId)?.Cache ?? CachePolicy.Off)}", isBad: false);
        }
        catch (ConfigurationInvalidException refusal)
        {
            Say(refusal.Message, isBad: true);
        }
        finally
        {
            _busy = false;
        }
    }

    private CachePolicy WithThreshold(CachePolicy policy) => policy with { Semantic = policy.Semantic with { Threshold = _threshold } };

    private void Say(string message, bool isBad) => (_message, _isBad) = (message, isBad);
}
