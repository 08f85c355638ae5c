using System.Globalization;
using LlmConsole.Core.Metering;
using Microsoft.AspNetCore.Components;

namespace LlmConsole.Components.Console.Requests;

/// <summary>The latest calls. Filters, page and the open call are in the URL.</summary>
public sealed partial class RequestsPage
{
    private const int PageSize = 50;
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);

    private UsagePage? _page;
    private UsageRecord? _open;
    private UsageFilter? _shown;
    private long? _shownBefore;
    private bool _loading;
    private bool _following;
    private ITimer? _timer;

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private UsageQueries Usage { get; set; } = default!;

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
    private string? Call { get; set; }

    [SupplyParameterFromQuery]
    private long? Before { get; set; }

    private bool IsFiltered => new[] { Tenant, Key, Outcome, Model }.Any(value => !string.IsNullOrEmpty(value));

    private UsageFilter CurrentFilter => new()
    {
        TenantId = NullIfEmpty(Tenant),
        KeyId = NullIfEmpty(Key),
        Model = NullIfEmpty(Model),
        Outcome = Enum.TryParse<Outcome>(Outcome, ignoreCase: true, out var outcome) ? outcome : null,
    };

    protected override async Task OnParametersSetAsync()
    {
        if (Before is not null) Follow(false);
        if (_page is null || _shown != CurrentFilter || _shownBefore != Before) await LoadAsync();
        if (_open?.RequestId != Call) _open = Call is null ? null : _page?.Records.FirstOrDefault(record => record.RequestId == Call) ?? await Usage.FindAsync(Call, default);
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
            (_shown, _shownBefore) = (CurrentFilter, Before);
            _page = await Usage.PageAsync(_shown, PageSize, _shownBefore, default);
        }
        finally
        {
            _loading = false;
        }
    }

    private void Follow(bool follow)
    {
        _following = follow;
        _timer?.Dispose();
        _timer = follow ? Time.CreateTimer(_ => _ = InvokeAsync(TickAsync), null, TimeSpan.Zero, Pace) : null;
    }

    private async Task TickAsync()
    {
        if (!_following) return;
        await LoadAsync();
        StateHasChanged();
    }

    private void Open(UsageRecord record) => Navigate("call", record.RequestId);

    private void CloseDrawer() => Navigate("call", null);

    private void Filter(string name, ChangeEventArgs e) => Navigation.NavigateTo(Navigation.GetUriWithQueryParameters(
        new Dictionary<string, object?> { [name] = NullIfEmpty(e.Value as string), ["before"] = null, ["call"] = null }));

    private void Navigate(string name, object? value) =>
        Navigation.NavigateTo(Navigation.GetUriWithQueryParameters(new Dictionary<string, object?> { [name] = value is long number ? number.ToString(CultureInfo.InvariantCulture) : value }));

    private void Clear() => Navigation.NavigateTo("/admin/requests");

    private static string? NullIfEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
