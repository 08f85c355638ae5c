using System.Globalization;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Jobs;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Webhooks;
using Microsoft.AspNetCore.Components;

namespace LlmConsole.Components.Console.Jobs;

/// <summary>One job as it is now: where it stands, its requests, and what can be done with it. State, page and the open request are in the URL.</summary>
public sealed partial class JobDetailPage
{
    private const int PageSize = 50;

    private Job? _job;
    private JobItemPage? _items;
    private IReadOnlyDictionary<string, UsageRecord> _calls = new Dictionary<string, UsageRecord>();
    private IReadOnlyList<Delivery> _deliveries = [];
    private string? _message;
    private bool _isRead;
    private bool _isBad;
    private bool _busy;

    [Parameter]
    public required string Id { get; set; }

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private JobBoard Board { get; set; } = default!;

    [Inject]
    private JobDesk Desk { get; set; } = default!;

    [Inject]
    private DeliveryQueries Deliveries { get; set; } = default!;

    [Inject]
    private UsageQueries Usage { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "state")]
    private string? StateName { get; set; }

    /// <summary>The last request of the page before.</summary>
    [SupplyParameterFromQuery(Name = "after")]
    private string? AfterText { get; set; }

    /// <summary>The request that is open.</summary>
    [SupplyParameterFromQuery(Name = "item")]
    private string? ItemText { get; set; }

    private int? After => Number(AfterText);

    private int? Item => Number(ItemText);

    private JobItemState? ItemState => Enum.TryParse<JobItemState>(StateName, ignoreCase: true, out var state) && Enum.IsDefined(state) ? state : null;

    /// <summary>Somebody may have typed the address.</summary>
    private static int? Number(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    protected override Task OnParametersSetAsync() => LoadAsync();

    private async Task LoadAsync()
    {
        _job = await Board.FindAsync(Id, default);
        _isRead = true;
        if (_job is null) return;
        _items = await Board.ItemsAsync(Id, ItemState, null, After ?? -1, PageSize, default);
        _calls = await Usage.FindAllAsync([.. _items.Items.Select(item => item.RequestId)], default);
        _deliveries = _job.IsOver ? await Deliveries.OfSubjectAsync(Id, default) : [];
    }

    private string Url(JobItemState? state) => Navigation.GetUriWithQueryParameters($"/admin/jobs/{Id}", new Dictionary<string, object?> { ["state"] = state?.ToString().ToLowerInvariant() });

    private void Open(JobItem item) => Navigation.NavigateTo(Navigation.GetUriWithQueryParameter("item", item.Index.ToString(CultureInfo.InvariantCulture)));

    /// <summary>The page of its endpoint shows each attempt, and sends it again.</summary>
    private void Open(Delivery delivery) => Navigation.NavigateTo($"/admin/webhooks/{delivery.EndpointId}?delivery={Uri.EscapeDataString(delivery.Id)}");

    private void Close() => Navigation.NavigateTo(Navigation.GetUriWithQueryParameter("item", (string?)null));

    private async Task ActAsync(JobAct act)
    {
        if (_busy) return;
        _busy = true;
        try
        {
            var changed = await Desk.ActAsync(await Me.AuthorizeAsync(), act, [Id], default);
            (_message, _isBad) = (changed == 0 ? "Nothing was changed: it stands otherwise by now." : act == JobAct.Cancel ? "Cancelled. What was answered stays." : "Queued again: what has no answer is made once more.", false);
            await LoadAsync();
        }
        catch (ConfigurationInvalidException refusal)
        {
            (_message, _isBad) = (refusal.Message, true);
        }
        finally
        {
            _busy = false;
        }
    }
}
