using System.Globalization;
using LlmConsole.Authentication;
using LlmConsole.Components.Shared;
using LlmConsole.Core.Metering;
using Microsoft.AspNetCore.Components;

namespace LlmConsole.Components.Console.Usage;

/// <summary>Who used how much in a stretch of time, from the same query as <c>GET /admin/v1/usage</c>. Everything that is chosen is in the URL.</summary>
public sealed partial class UsagePage
{
    /// <summary>Rows that are drawn, unless they are days: there may be a hundred thousand keys. The sums count all of them.</summary>
    internal const int Most = 200;

    private static readonly RangePreset[] Presets =
    [
        new("24h", "24 h", TimeSpan.FromHours(24)),
        new("7d", "7 days", TimeSpan.FromDays(7)),
        new("30d", "30 days", TimeSpan.FromDays(30)),
        new("90d", "90 days", TimeSpan.FromDays(90)),
        new("1y", "A year", TimeSpan.FromDays(365)),
    ];

    private IReadOnlyList<UsageGroup>? _groups;
    private UsageSums _total = new();
    private IReadOnlyDictionary<string, string> _users = new Dictionary<string, string>();
    private (TimeRange, UsageDimension, BreakdownFilter)? _shown;

    [Inject]
    private UsageBreakdowns Breakdowns { get; set; } = default!;

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private UserDirectory Users { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "range")]
    private string? RangeName { get; set; }

    [SupplyParameterFromQuery]
    private string? From { get; set; }

    [SupplyParameterFromQuery]
    private string? To { get; set; }

    [SupplyParameterFromQuery(Name = "by")]
    private string? ByName { get; set; }

    [SupplyParameterFromQuery]
    private string? Tenant { get; set; }

    [SupplyParameterFromQuery]
    private string? Key { get; set; }

    [SupplyParameterFromQuery]
    private string? User { get; set; }

    [SupplyParameterFromQuery]
    private string? Model { get; set; }

    [SupplyParameterFromQuery]
    private string? Task { get; set; }

    /// <summary>Whole hours, as the roll-ups count them: the hour under way is part of a range that ends now.</summary>
    private TimeRange Range
    {
        get
        {
            var hour = Time.GetUtcNow();
            hour = hour.AddTicks(-(hour.UtcTicks % TimeSpan.TicksPerHour)).AddHours(1);
            return TimeRange.Of(RangeName ?? Presets[2].Name, From, To, Presets, hour);
        }
    }

    private UsageDimension By => Enum.TryParse<UsageDimension>(ByName, ignoreCase: true, out var by) && Enum.IsDefined(by) ? by : UsageDimension.Tenant;

    private BreakdownFilter Filter => new() { TenantId = NullIfEmpty(Tenant), KeyId = NullIfEmpty(Key), UserId = NullIfEmpty(User), Model = NullIfEmpty(Model), Task = NullIfEmpty(Task) };

    private bool IsCut => By != UsageDimension.Day && _groups?.Count > Most;

    private bool HasFilter => Filter != new BreakdownFilter();

    private IEnumerable<(string Text, string Href, bool Chosen)> Ranges =>
        Presets.Select(preset => (preset.Label, With(("range", preset.Name), ("from", null), ("to", null)), Range.Name == preset.Name));

    private IEnumerable<(string Text, string Href, bool Chosen)> Dimensions =>
        Enum.GetValues<UsageDimension>().Select(by => (by.ToString(), With(("by", by.ToString().ToLowerInvariant())), By == by));

    private string Without => By switch { UsageDimension.Key => "without a key", UsageDimension.User => "without a user", UsageDimension.Model => "no model that the caller may use", UsageDimension.Task => "without a task", _ => "–" };

    protected override async Task OnInitializedAsync()
    {
        await base.OnInitializedAsync();
        _users = (await Users.ListAsync(default)).ToDictionary(user => user.Id, user => user.Email);
    }

    protected override async Task OnParametersSetAsync()
    {
        var (range, by, filter) = (Range, By, Filter);
        if (_shown == (range, by, filter)) return;
        _shown = (range, by, filter);
        var groups = await Breakdowns.GroupAsync(range.From, range.To, by, filter, default);
        if (_shown != (range, by, filter)) return;
        (_groups, _total) = (groups, UsageSums.Total(groups.Select(group => group.Sums)));
    }

    private IEnumerable<(string Name, string Text)> Filters()
    {
        var filter = Filter;
        if (filter.TenantId is { } tenant) yield return ("tenant", $"Tenant: {NameOf(UsageDimension.Tenant, tenant)}");
        if (filter.KeyId is { } key) yield return ("key", $"Key: {NameOf(UsageDimension.Key, key)}");
        if (filter.UserId is { } user) yield return ("user", $"User: {NameOf(UsageDimension.User, user)}");
        if (filter.Model is { } model) yield return ("model", $"Model: {model}");
        if (filter.Task is { } task) yield return ("task", $"Task: {task}");
    }

    private string NameOf(UsageDimension by, string key) => by switch
    {
        UsageDimension.Tenant => Snapshot.Tenants.GetValueOrDefault(key)?.Name,
        UsageDimension.Key => Snapshot.Keys.GetValueOrDefault(key)?.Name,
        UsageDimension.User => _users.GetValueOrDefault(key),
        _ => null,
    } ?? key;

    /// <summary>One group, by what it consists of.</summary>
    private void BreakDown(string key) => Go(
        (By.ToString().ToLowerInvariant(), key),
        ("by", By switch { UsageDimension.Tenant => "key", UsageDimension.Key or UsageDimension.User or UsageDimension.Task => "model", _ => "day" }));

    private string With(params (string Name, string? Value)[] changes) =>
        Navigation.GetUriWithQueryParameters(changes.ToDictionary(change => change.Name, change => (object?)change.Value));

    private void Go(params (string Name, string? Value)[] changes) => Navigation.NavigateTo(With(changes));

    private string ShareWidth(UsageSums sums) => (_total.CostNanos == 0 ? 0 : 100.0 * sums.CostNanos / _total.CostNanos).ToString("0.##", CultureInfo.InvariantCulture);

    private static long Input(UsageSums sums) => sums.InputTokens + sums.CachedInputTokens + sums.CacheWriteTokens;

    private static string Share(long part, long whole, string what) => whole == 0 ? "" : $"{Display.Percent(100.0 * part / whole)} {what}";

    private static string? NullIfEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
