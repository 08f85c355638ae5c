using LlmConsole.Components.Console.Budgets;
using LlmConsole.Components.Console.Keys;
using LlmConsole.Components.Console.Tiers;
using LlmConsole.Components.Shared;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace LlmConsole.Components.Console.Tenants;

/// <summary>One tenant: where its budgets stand, what limits it, its keys, its users' limits, and its last calls. Each tab has a URL.</summary>
public sealed partial class TenantPage
{
    private const int Calls = 10;

    private IReadOnlyList<UsageRecord>? _calls;
    private IReadOnlyDictionary<string, DateTimeOffset> _lastUsed = new Dictionary<string, DateTimeOffset>();
    private IReadOnlyList<QuotaOutlook>? _outlooks;
    private string? _refusal;
    private bool _busy;

    [Parameter]
    public required string Id { get; set; }

    /// <summary><c>limits</c>, <c>cache</c>, <c>bodies</c>, <c>keys</c> or <c>users</c>; anything else is the overview.</summary>
    [Parameter]
    public string? Tab { get; set; }

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private ConfigurationEditor Editor { get; set; } = default!;

    [Inject]
    private UsageQueries Usage { get; set; } = default!;

    [Inject]
    private KeyActions Actions { get; set; } = default!;

    [Inject]
    private Standings Standings { get; set; } = default!;

    private IReadOnlyList<ApiKey> Keys => [.. Snapshot.Keys.Values.Where(key => key.TenantId == Id).OrderByDescending(key => key.CreatedAt)];

    protected override async Task OnParametersSetAsync()
    {
        _calls = (await Usage.PageAsync(new UsageFilter { TenantId = Id }, Calls, null, default)).Records;
        _lastUsed = await Usage.LastUsedAsync([.. Keys.Select(key => key.Id)], default);
        if (Snapshot.CallerOf(Id) is { } caller) _outlooks = await Standings.OfTenantAsync(caller, default);
    }

    private string Path(string? tab) => $"/admin/tenants/{Id}{(tab is null ? "" : $"/{tab}")}";

    /// <summary>What the tenant may do, in one sentence.</summary>
    private string Summary(Tenant tenant)
    {
        var tier = Snapshot.Tiers[tenant.TierId];
        var limits = tenant.Overrides.Over(tier.Limits);
        var effective = tier with
        {
            RequestsPerMinute = limits.RequestsPerMinute,
            TokensPerMinute = limits.TokensPerMinute,
            Concurrency = limits.Concurrency,
            MaxOutputTokens = limits.MaxOutputTokens,
            MaxPromptTokens = limits.MaxPromptTokens,
            Quotas = tenant.Quotas ?? tier.Quotas,
        };
        return $"On tier {tier.Name}{(tenant.Overrides != default || tenant.Quotas is not null ? ", with overrides" : "")}. {TierSentence.Of(new TierDraft(effective))}";
    }

    /// <summary>The bars follow a change of the limits.</summary>
    private async Task OverrideAsync(Tenant tenant)
    {
        if (!await ShowAsync($"Override the limits of {tenant.Name}", new DialogParameters<TenantLimitsDialog> { { dialog => dialog.Tenant, tenant } })) return;
        if (Snapshot.CallerOf(Id) is { } caller) _outlooks = await Standings.OfTenantAsync(caller, default);
    }

    private Task<bool> CachePolicyAsync(Tenant tenant) => ShowAsync($"Cache policy of {tenant.Name}", new DialogParameters<TenantCacheDialog> { { dialog => dialog.Tenant, tenant } });

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
