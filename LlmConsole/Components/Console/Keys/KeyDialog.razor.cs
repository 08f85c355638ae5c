using LlmConsole.Authentication;
using LlmConsole.Components.Shared;
using LlmConsole.Core.Configuration;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace LlmConsole.Components.Console.Keys;

/// <summary>Issues a key. Only its name must be entered.</summary>
public sealed partial class KeyDialog
{
    private readonly LimitEntry _requests = new(null);
    private string _name = "";
    private string _models = "";
    private string _tenantId = "";
    private ApiKeyKind _kind;
    private int _days;
    private bool _mayOwn;

    [Inject]
    private ConfigurationStore Store { get; set; } = default!;

    [Inject]
    private ConfigurationEditor Editor { get; set; } = default!;

    [Inject]
    private SignedInEditor Me { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = default!;

    /// <summary>The tenant to begin with.</summary>
    [Parameter]
    public string? TenantId { get; set; }

    private IEnumerable<Tenant> Tenants => Store.Current.Tenants.Values.OrderBy(tenant => tenant.Name, StringComparer.OrdinalIgnoreCase);

    protected override async Task OnInitializedAsync()
    {
        _tenantId = TenantId ?? Store.Current.Tenants.Values.OrderBy(tenant => tenant.Status).ThenBy(tenant => tenant.CreatedAt).FirstOrDefault()?.Id ?? "";
        _mayOwn = await Me.MayAsync(Access.Own);
    }

    private async Task SaveAsync()
    {
        var issued = Issue();
        await Editor.SaveAsync(await Me.AuthorizeAsync(_kind == ApiKeyKind.Admin ? Access.Own : Access.Edit), Change.Put(issued.Key), default);
        Dialog.Close(DialogResult.Ok(issued));
    }

    private IssuedKey Issue()
    {
        var problems = new List<Problem>();
        var live = _kind == ApiKeyKind.Live;
        var limit = live ? _requests.Read("requestsPerMinute", problems) : null;
        if (problems.Count > 0) throw new ConfigurationInvalidException(problems);

        var issued = IssuedKey.Create(_kind, _name.Trim(), live ? _tenantId : null, Time);
        return issued with
        {
            Key = issued.Key with
            {
                ExpiresAt = _days == 0 ? null : issued.Key.CreatedAt.AddDays(_days),
                Models = live ? TextList.Split(_models) : [],
                Limits = new LimitSet { RequestsPerMinute = limit },
            },
        };
    }
}
