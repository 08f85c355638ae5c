using System.Globalization;
using LlmConsole.Components.Shared;
using LlmConsole.Core.Metering;
using Microsoft.AspNetCore.Components;

namespace LlmConsole.Components.Console.Requests;

/// <summary>The latest calls. Filters, page and the open call are in the URL.</summary>
public sealed partial class RequestsPage
{
    private const int PageSize = 50;

    private CallFacets? _facets;
    private string? _queryProblem;
    private UsageRecord? _open;
    private (UsageFilter Filter, long? Before, bool IsOldestFirst)? _shown;
    private bool _loading;

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private UsageQueries Usage { get; set; } = default!;

    [Inject]
    private UsageFacets Facets { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    [SupplyParameterFromQuery]
    private string? Tenant { get; set; }

    [SupplyParameterFromQuery]
    private string? Key { get; set; }

    [SupplyParameterFromQuery]
    private string? Outcome { get; set; }

    [SupplyParameterFromQuery]
    private string? Model { get; set; }

    [SupplyParameterFromQuery]
    private string? Served { get; set; }

    [SupplyParameterFromQuery]
    private string? User { get; set; }

    [SupplyParameterFromQuery]
    private string? Task { get; set; }

    [SupplyParameterFromQuery]
    private string? From { get; set; }

    [SupplyParameterFromQuery]
    private string? To { get; set; }

    [SupplyParameterFromQuery]
    private string? Status { get; set; }

    [SupplyParameterFromQuery]
    private string? Cache { get; set; }

    [SupplyParameterFromQuery]
    private string? Is { get; set; }

    [SupplyParameterFromQuery]
    private string? Latency { get; set; }

    [SupplyParameterFromQuery]
    private string? Call { get; set; }

    [SupplyParameterFromQuery(Name = "before")]
    private string? BeforeText { get; set; }

    /// <summary>Somebody may have typed the address.</summary>
    private long? Before => long.TryParse(BeforeText, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) ? sequence : null;

    /// <summary>The columns, in their order.</summary>
    [SupplyParameterFromQuery(Name = "columns")]
    private string? ColumnNames { get; set; }

    /// <summary><c>time</c> puts the oldest first.</summary>
    [SupplyParameterFromQuery]
    private string? Sort { get; set; }

    private IReadOnlyList<CallColumn> Columns => CallColumns.Read(ColumnNames);

    private bool IsOldestFirst => Sort == CallColumns.Time;

    private string Matching => _facets?.Matching switch { null => "…", 1 => "1 call", >= UsageFacets.Counted => $"more than {Display.Exact(UsageFacets.Counted)} calls", { } calls => $"{Display.Exact(calls)} calls" };

    private bool IsFiltered => new[] { Tenant, Key, Outcome, Model, Served, User, Task, Status, Cache, Is, Latency, From, To }.Any(value => !string.IsNullOrEmpty(value));

    private UsageFilter CurrentFilter => new()
    {
        TenantId = NullIfEmpty(Tenant),
        KeyId = NullIfEmpty(Key),
        Model = NullIfEmpty(Model),
        ModelServed = NullIfEmpty(Served),
        UserId = NullIfEmpty(User),
        Task = NullIfEmpty(Task),
        From = TimeRange.Read(From),
        To = TimeRange.Read(To),
        Outcome = Enum.TryParse<Outcome>(Outcome, ignoreCase: true, out var outcome) ? outcome : null,
        Status = int.TryParse(Status, NumberStyles.None, CultureInfo.InvariantCulture, out var status) ? status : null,
        Cache = Enum.TryParse<CacheVerdict>(Cache, ignoreCase: true, out var cache) ? cache : null,
        Is = Enum.TryParse<CallTrait>(Is, ignoreCase: true, out var trait) ? trait : null,
        LongerThanMs = CallQuery.Milliseconds(Latency),
    };

    /// <summary>The filters as a line of qualifiers.</summary>
    private string Query => CallQuery.Text(
        new Dictionary<string, string?>
        {
            ["tenant"] = Tenant, ["key"] = Key, ["user"] = User, ["task"] = Task, ["model"] = Model, ["served"] = Served, ["outcome"] = Outcome, ["status"] = Status, ["cache"] = Cache, ["is"] = Is, ["latency"] = Latency,
        }, Snapshot);

    /// <summary>Filters that other pages set by their links, each with the names of its query values.</summary>
    private IEnumerable<(string Text, string[] Names)> Linked()
    {
        if (Snapshot.Keys.GetValueOrDefault(Key ?? "") is { } key) yield return ($"Key: {key.Name}", ["key"]);
        if (NullIfEmpty(Served) is { } served) yield return ($"Served by: {served}", ["served"]);
        if (NullIfEmpty(User) is { } user) yield return ($"User: {user}", ["user"]);
        if (NullIfEmpty(Task) is { } task) yield return ($"Task: {task}", ["task"]);
        if (CurrentFilter.Cache is { } cache) yield return ($"Cache: {cache.ToString().ToLowerInvariant()}", ["cache"]);
        if (CurrentFilter.Is is { } trait) yield return (trait == CallTrait.Error ? "Failed or broken off" : "Answered by the cache", ["is"]);
        if (CurrentFilter.LongerThanMs is not null) yield return ($"Latency: {Latency}", ["latency"]);
        if (CurrentFilter is { From: not null } or { To: not null }) yield return ($"Arrived: {Moment(CurrentFilter.From, "the beginning")} to {Moment(CurrentFilter.To, "now")}", ["from", "to"]);
    }

    private static string Moment(DateTimeOffset? moment, string none) => moment is { } at ? Display.Utc(at) : none;

    protected override async Task OnParametersSetAsync()
    {
        if (Before is not null || IsOldestFirst) Follow(false);
        var isOther = _shown?.Filter != CurrentFilter;
        if (_tail is null || _shown != (CurrentFilter, Before, IsOldestFirst)) await LoadAsync();
        if (_open?.RequestId != Call) _open = Call is null ? null : _tail?.Shown.FirstOrDefault(record => record.RequestId == Call) ?? await Usage.FindAsync(Call, default);
        if (_facets is not null && !isOther) return;

        // The calls stand before they are counted.
        StateHasChanged();
        await CountAsync();
    }

    protected override void Dispose(bool disposing)
    {
        _timer?.Dispose();
        base.Dispose(disposing);
    }

    private async Task LoadAsync()
    {
        if (_loading) return;
        _loading = true;
        try
        {
            // Once more when the filters were changed meanwhile.
            do
            {
                var (filter, before, isOldestFirst) = (CurrentFilter, Before, IsOldestFirst);
                var page = isOldestFirst ? await Usage.OldestAsync(filter, PageSize, before, default) : await Usage.PageAsync(filter, PageSize, before, default);
                (_shown, _tail) = ((filter, before, isOldestFirst), new CallTail(page, cursor => Usage.PageAsync(filter, TailPage, cursor, default)));
            }
            while (_shown != (CurrentFilter, Before, IsOldestFirst));
        }
        finally
        {
            _loading = false;
        }
    }

    private async Task CountAsync()
    {
        var areAll = _shown == (CurrentFilter, Before, IsOldestFirst) && Before is null && _tail is { Next: null, IsCut: false };
        _facets = await Facets.OfAsync(CurrentFilter, areAll ? _tail!.Shown : null, default);
    }

    private async Task RefreshAsync()
    {
        await LoadAsync();
        await CountAsync();
    }

    private void Open(UsageRecord record) => Navigate("call", record.RequestId);

    private void CloseDrawer() => Navigate("call", null);

    private void Filter(string name, string? value) => Navigation.NavigateTo(Navigation.GetUriWithQueryParameters(
        new Dictionary<string, object?> { [name] = NullIfEmpty(value), ["before"] = null, ["call"] = null }));

    private void Ask(string? line)
    {
        try
        {
            var values = CallQuery.Read(line ?? "", Snapshot);
            _queryProblem = null;
            Navigation.NavigateTo(Navigation.GetUriWithQueryParameters(values.ToDictionary(value => value.Key, value => (object?)value.Value).Append(new("before", null)).ToDictionary()));
        }
        catch (FormatException problem)
        {
            _queryProblem = problem.Message;
        }
    }

    private string TenantName(string id) => Snapshot.Tenants.GetValueOrDefault(id)?.Name ?? Display.ShortId(id);

    private void Navigate(string name, object? value) =>
        Navigation.NavigateTo(Navigation.GetUriWithQueryParameters(new Dictionary<string, object?> { [name] = value is long number ? number.ToString(CultureInfo.InvariantCulture) : value }));

    private void Remove(string[] names) => Navigation.NavigateTo(Navigation.GetUriWithQueryParameters(names.Append("before").Append("call").ToDictionary(name => name, _ => (object?)null)));

    private void ChooseColumns(IReadOnlyList<CallColumn> columns) => Navigate("columns", CallColumns.Write(columns));

    private void Clear() => Navigation.NavigateTo("/admin/requests");

    private static string? NullIfEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
