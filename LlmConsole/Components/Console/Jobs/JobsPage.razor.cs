using LlmConsole.Core.Configuration;
using LlmConsole.Core.Jobs;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace LlmConsole.Components.Console.Jobs;

/// <summary>Jobs by state, as they are now. State, tenant and page are in the URL.</summary>
public sealed partial class JobsPage
{
    private const int PageSize = 50;

    private readonly HashSet<string> _chosen = new(StringComparer.Ordinal);
    private JobPage? _page;
    private IReadOnlyDictionary<JobState, int> _counts = new Dictionary<JobState, int>();
    private string? _message;
    private bool _isBad;
    private bool _busy;

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private JobBoard Board { get; set; } = default!;

    [Inject]
    private JobDesk Desk { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "state")]
    private string? StateName { get; set; }

    [SupplyParameterFromQuery(Name = "tenant")]
    private string? TenantId { get; set; }

    /// <summary>The last job of the page before.</summary>
    [SupplyParameterFromQuery]
    private string? After { get; set; }

    private JobState? State => Enum.TryParse<JobState>(StateName, ignoreCase: true, out var state) && JobWords.States.Contains(state) ? state : null;

    protected override Task OnParametersSetAsync()
    {
        _chosen.Clear();
        return LoadAsync();
    }

    private async Task LoadAsync()
    {
        _counts = await Board.CountsAsync(TenantId, default);
        _page = await Board.PageAsync(new JobFilter { TenantId = TenantId, State = State }, PageSize, After, default);
        _chosen.IntersectWith(_page.Jobs.Select(job => job.Id));
    }

    private string Url(JobState? state) => Navigation.GetUriWithQueryParameters("/admin/jobs", new Dictionary<string, object?> { ["state"] = state?.ToString().ToLowerInvariant(), ["tenant"] = TenantId });

    private void Go((string Name, string? Value) value) =>
        Navigation.NavigateTo(Navigation.GetUriWithQueryParameters(new Dictionary<string, object?> { [value.Name] = string.IsNullOrEmpty(value.Value) ? null : value.Value, ["after"] = null }));

    /// <summary>Those of the chosen jobs with which it can be done.</summary>
    private List<string> Chosen(JobAct act) => [.. (_page?.Jobs ?? []).Where(job => _chosen.Contains(job.Id) && JobWords.Can(act, job)).Select(job => job.Id)];

    private void Choose((string? Id, bool IsOn) choice)
    {
        var ids = choice.Id is { } id ? [id] : (_page?.Jobs ?? []).Select(job => job.Id);
        if (choice.IsOn) _chosen.UnionWith(ids);
        else _chosen.ExceptWith(ids);
    }

    private Task ActAsync(JobAct act, IReadOnlyList<string> ids) => RunAsync(async actor =>
    {
        var changed = await Desk.ActAsync(actor, act, ids, default);
        _chosen.Clear();
        return changed == 0 ? "Nothing was changed: it is over by now." : Done(act, changed);
    });

    private async Task ActOnAllAsync(JobAct act, JobState state)
    {
        var dialog = await Dialogs.ShowAsync<JobActDialog>($"{act} all {state.ToString().ToLowerInvariant()} jobs", new DialogParameters<JobActDialog>
        {
            { part => part.Act, act },
            { part => part.Filter, new JobFilter { TenantId = TenantId, State = state } },
            { part => part.Count, _counts.GetValueOrDefault(state) },
        });
        if (await dialog.Result is not { Canceled: false, Data: int changed }) return;
        (_message, _isBad) = (Done(act, changed), false);
        await LoadAsync();
    }

    private async Task RunAsync(Func<Actor, Task<string>> act)
    {
        if (_busy) return;
        _busy = true;
        try
        {
            (_message, _isBad) = (await act(await Me.AuthorizeAsync()), false);
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

    private static string Done(JobAct act, int changed) => act == JobAct.Cancel ? $"{JobWords.Count(changed)} cancelled." : $"{JobWords.Count(changed)} queued again.";
}
