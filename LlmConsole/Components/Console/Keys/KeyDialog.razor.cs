using LlmConsole.Authentication;
using LlmConsole.Components.Console.Budgets;
using LlmConsole.Components.Shared;
using LlmConsole.Core.Configuration;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace LlmConsole.Components.Console.Keys;

/// <summary>Issues a key, of which only the name must be entered, or changes what a key may do.</summary>
public sealed partial class KeyDialog
{
    private const int Unchanged = -1;

    private LimitsDraft _limits = new(default);
    private List<QuotaDraft> _quotas = [];
    private string _addresses = "";
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

    /// <summary>The key to change; none issues one.</summary>
    [Parameter]
    public ApiKey? Key { get; set; }

    private IEnumerable<Tenant> Tenants => Store.Current.Tenants.Values.OrderBy(tenant => tenant.Name, StringComparer.OrdinalIgnoreCase);

    protected override async Task OnInitializedAsync()
    {
        _tenantId = TenantId ?? Store.Current.Tenants.Values.OrderBy(tenant => tenant.Status).ThenBy(tenant => tenant.CreatedAt).FirstOrDefault()?.Id ?? "";
        _mayOwn = await Me.MayAsync(Access.Own);
        if (Key is not { } key) return;
        (_name, _models, _tenantId, _kind, _addresses) = (key.Name, TextList.Join(key.Models), key.TenantId ?? "", key.Kind, TextList.Join(key.IpAllow));
        (_days, _limits, _quotas) = (key.ExpiresAt is null ? 0 : Unchanged, new LimitsDraft(key.Limits), QuotaDraft.Of(key.Quotas));
    }

    private async Task SaveAsync()
    {
        if (Key is { } known)
        {
            var actor = await Me.AuthorizeAsync(known.Kind == ApiKeyKind.Admin ? Access.Own : Access.Edit);
            var now = Time.GetUtcNow();

            // The newest record, so that a revocation made meanwhile isn't undone.
            await Editor.SaveAsync(actor, snapshot => snapshot.Keys.TryGetValue(known.Id, out var current) ? [Change.Put(Narrowed(current, now))] : [], default);
            Dialog.Close();
            return;
        }

        var issued = Issue();
        await Editor.SaveAsync(await Me.AuthorizeAsync(_kind == ApiKeyKind.Admin ? Access.Own : Access.Edit), Change.Put(issued.Key), default);
        Dialog.Close(DialogResult.Ok(issued));
    }

    private IssuedKey Issue()
    {
        var issued = IssuedKey.Create(_kind, _name.Trim(), _kind == ApiKeyKind.Live ? _tenantId : null, Time);
        return issued with { Key = Narrowed(issued.Key, issued.Key.CreatedAt) };
    }

    /// <summary>The key as the form says.</summary>
    private ApiKey Narrowed(ApiKey key, DateTimeOffset now)
    {
        var changed = key with { Name = _name.Trim(), ExpiresAt = _days switch { Unchanged => key.ExpiresAt, 0 => null, _ => now.AddDays(_days) } };
        if (key.Kind == ApiKeyKind.Admin) return changed;
        var problems = new List<Problem>();
        changed = changed with { Models = TextList.Split(_models), IpAllow = TextList.Split(_addresses), Limits = _limits.Read("", problems), Quotas = QuotaDraft.Read(_quotas, problems) };
        return problems.Count == 0 ? changed : throw new ConfigurationInvalidException(problems);
    }
}
