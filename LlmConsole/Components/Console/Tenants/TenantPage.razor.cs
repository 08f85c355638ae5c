using LlmConsole.Components.Console.Keys;
using LlmConsole.Components.Shared;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace LlmConsole.Components.Console.Tenants;

/// <summary>One tenant: what it may do, its keys, and its last calls.</summary>
public sealed partial class TenantPage
{
    private const int Calls = 10;

    private IReadOnlyList<UsageRecord>? _calls;
    private IReadOnlyDictionary<string, DateTimeOffset> _lastUsed = new Dictionary<string, DateTimeOffset>();
    private string? _refusal;
    private bool _busy;

    [Parameter]
    public required string Id { get; set; }

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private ConfigurationEditor Editor { get; set; } = default!;

    [Inject]
    private UsageQueries Usage { get; set; } = default!;

    [Inject]
    private KeyActions Actions { get; set; } = default!;

    private IReadOnlyList<ApiKey> Keys => [.. Snapshot.Keys.Values.Where(key => key.TenantId == Id).OrderByDescending(key => key.CreatedAt)];

    protected override async Task OnParametersSetAsync()
    {
        _calls = (await Usage.PageAsync(new UsageFilter { TenantId = Id }, Calls, null, default)).Records;
        _lastUsed = await Usage.LastUsedAsync([.. Keys.Select(key => key.Id)], default);
    }

    private Task<bool> EditAsync(Tenant tenant) => ShowAsync($"Edit {tenant.Name}", new DialogParameters<TenantDialog> { { dialog => dialog.Tenant, tenant } });

    private Task<bool> SuspendAsync(Tenant tenant) => ShowAsync($"Suspend {tenant.Name}", new DialogParameters<SuspendDialog> { { dialog => dialog.Tenant, tenant } });

    private async Task ResumeAsync(Tenant tenant)
    {
        if (_busy) return;
        _busy = true;
        _refusal = null;
        try
        {
            await Editor.SaveAsync(await Me.AuthorizeAsync(), snapshot => snapshot.Tenants.TryGetValue(tenant.Id, out var current)
                ? [Change.Put(current with { Status = TenantStatus.Active, StatusReason = null })]
                : [], default);
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

    private async Task DeleteAsync(Tenant tenant)
    {
        var deleted = await ShowAsync($"Delete {tenant.Name}", new DialogParameters<DeleteDialog>
        {
            { dialog => dialog.Name, tenant.Name },
            { dialog => dialog.Consequence, "The tenant and its revoked keys will be gone. Its calls stay in the books. Keys that still work must be revoked first." },
            { dialog => dialog.Delete, async () => await Editor.SaveAsync(await Me.AuthorizeAsync(), snapshot => snapshot.ToRemove(tenant), default) },
        });
        if (deleted) Navigation.NavigateTo("/admin/tenants");
    }
}
