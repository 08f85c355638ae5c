using LlmConsole.Components.Shared;
using LlmConsole.Core.Alerts;
using LlmConsole.Core.Configuration;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace LlmConsole.Components.Console.Alerts;

/// <summary>What rules raised, and the rules themselves.</summary>
public sealed partial class AlertsPage
{
    private const int PageSize = 50;

    private IReadOnlyList<Alert>? _alerts;
    private string? _next;
    private string? _refusal;
    private bool _busy;

    /// <summary>The last id of the page before.</summary>
    [SupplyParameterFromQuery]
    private string? Before { get; set; }

    [Inject]
    private AlertQueries Queries { get; set; } = default!;

    [Inject]
    private ConfigurationEditor Editor { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    private bool IsPast => !string.IsNullOrEmpty(Before);

    protected override Task OnParametersSetAsync() => ReadAsync();

    /// <summary>What lasts comes first, however long ago it began.</summary>
    private async Task ReadAsync()
    {
        var page = await Queries.PageAsync(null, IsPast ? Before : null, PageSize + 1, default);
        var listed = page.Take(PageSize).ToList();
        _alerts = IsPast ? listed : [.. await Queries.PageAsync(true, null, PageSize, default), .. listed.Where(alert => alert.OpenKey is null)];
        _next = page.Count > PageSize ? listed[^1].Id : null;
    }

    /// <summary>Who is told.</summary>
    private string Channels()
    {
        var takers = Snapshot.Webhooks.Values.Count(endpoint => endpoint.IsEnabled && (endpoint.Takes(EventTypes.AlertFired, endpoint.TenantId) || endpoint.Takes(EventTypes.AlertFired, null)));
        return takers == 0
            ? "Alerts appear at the bell. To be told elsewhere, create a webhook endpoint, or a chat channel's, that takes alert.fired and alert.resolved, or name one in a rule."
            : $"Alerts appear at the bell. {(takers == 1 ? "One webhook endpoint takes" : $"{takers} webhook endpoints take")} those of rules that name none.";
    }

    private async Task CreateUsualAsync()
    {
        if (_busy) return;
        (_busy, _refusal) = (true, null);
        try
        {
            var rules = AlertTemplate.All.Select(template => Change.Put(AlertText.Of(template, Time))).ToList();
            await Editor.SaveAsync(await Me.AuthorizeAsync(), snapshot => snapshot.AlertRules.Count > 0 ? [] : rules, default);
        }
        catch (ConfigurationInvalidException refusal)
        {
            _refusal = refusal.Message;
        }
        finally
        {
            _busy = false;
        }
    }

    private Task<bool> EditAsync(AlertRule? rule) => ShowAsync(rule is null ? "Create rule" : $"Edit {rule.Name}", new DialogParameters<AlertRuleDialog> { { dialog => dialog.Rule, rule } });

    private Task<bool> DeleteAsync(AlertRule rule) => ShowAsync($"Delete {rule.Name}", new DialogParameters<DeleteDialog>
    {
        { dialog => dialog.Name, rule.Name },
        { dialog => dialog.Consequence, "It watches no more, and what it had raised is resolved. Past alerts stay." },
        { dialog => dialog.NeedsName, false },
        { dialog => dialog.Delete, async () => await Editor.SaveAsync(await Me.AuthorizeAsync(), Change.Delete(rule), default) },
    });
}
