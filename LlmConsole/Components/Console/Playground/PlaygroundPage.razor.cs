using System.Text.Json;
using LlmConsole.Components.Shared;
using LlmConsole.Core.Bodies;
using LlmConsole.Core.Caching;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Routing;
using Microsoft.AspNetCore.Components;

namespace LlmConsole.Components.Console.Playground;

/// <summary>One request to two models, side by side. Tenant and models are in the URL; with <c>call</c> it begins from a call of the books.</summary>
public sealed partial class PlaygroundPage
{
    private readonly PlaygroundRun?[] _runs = [null, null];
    private PlaygroundDraft _draft = new();
    private UsageRecord? _from;
    private (string? Tenant, IReadOnlyList<string> Models) _proposed = (null, []);
    private string? _note;
    private string? _announcement;

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private PlaygroundCalls Calls { get; set; } = default!;

    [Inject]
    private KeptBodies Bodies { get; set; } = default!;

    [Inject]
    private ConfigurationEditor Editor { get; set; } = default!;

    [Inject]
    private HealthBook Health { get; set; } = default!;

    [Inject]
    private UsageQueries Usage { get; set; } = default!;

    [SupplyParameterFromQuery]
    private string? Tenant { get; set; }

    [SupplyParameterFromQuery]
    private string? A { get; set; }

    [SupplyParameterFromQuery]
    private string? B { get; set; }

    /// <summary>The request id of a call to begin from.</summary>
    [SupplyParameterFromQuery]
    private string? Call { get; set; }

    private IReadOnlyList<Tenant> Tenants => [.. Snapshot.Tenants.Values.OrderBy(tenant => tenant.Name, StringComparer.OrdinalIgnoreCase)];

    private string? TenantId => new[] { Tenant, _from?.TenantId }.FirstOrDefault(id => Snapshot.Tenants.ContainsKey(id ?? "")) ?? Tenants.OrderBy(tenant => tenant.Status).FirstOrDefault()?.Id;

    private IReadOnlyList<string> Models => TenantId is { } id ? Calls.ModelsOf(id) : [];

    // A name of the URL stays, whether it is listed or not: patterns serve names without end.
    private string? First => !string.IsNullOrEmpty(A) ? A : _from?.ModelAsked ?? Proposed.FirstOrDefault();

    private string? Second => B is null ? (_from is null ? Proposed.FirstOrDefault(model => model != First) : null) : B.Length == 0 ? null : B;

    private IEnumerable<string> Proposed => _proposed.Models.Where(Models.Contains).Concat(Models);

    private bool IsRunning => _runs.Any(run => run is { IsRunning: true });

    protected override async Task OnInitializedAsync()
    {
        await base.OnInitializedAsync();
        if (string.IsNullOrEmpty(Call) || !RendererInfo.IsInteractive) return;
        if (await Usage.FindAsync(Call, default) is not { } record)
        {
            _note = $"There is no call {Call} in the books. A call is found once it has ended.";
            return;
        }

        _draft.Stream = record.Stream;
        _note = "What was asked isn't kept for this call: its tenant and model are filled in, the messages aren't.";
        if ((await Bodies.FindAsync(record.RequestId, default))?.Request is { } request) await FillInAsync(record, request);
        _from = record;
    }

    /// <summary>Models that fail aren't proposed first. What is chosen stays, however they fare while the page is open.</summary>
    protected override void OnParametersSet()
    {
        if (TenantId is { } id && id != _proposed.Tenant) _proposed = (id, [.. Health.HealthyFirst(Calls.ModelsOf(id))]);
    }

    /// <summary>Begins from a request that was kept. That is a look at it.</summary>
    private async Task FillInAsync(UsageRecord record, string request)
    {
        try
        {
            await Editor.AuditAsync(await Me.AuthorizeAsync(), KeptBodies.View, KeptBodies.Kind, record.RequestId, record.ModelAsked, null, null, default);
            _draft = PlaygroundDraft.Read(request);
            _note = "Filled in as it was asked, masked as the tenant's policy says. That you looked stands in the audit log.";
        }
        catch (JsonException)
        {
            _note = "This request isn't one for chat completions: its tenant and model are filled in, the messages aren't.";
        }
    }

    protected override void Dispose(bool disposing)
    {
        Stop();
        base.Dispose(disposing);
    }

    private async Task RunAsync()
    {
        var actor = await Me.AuthorizeAsync();
        if (First is not { } first) throw new ConfigurationInvalidException([new Problem("", "The tenant may use no model. Create one, or let the tenant's tier use it.")]);
        var models = Second is { } second ? new[] { first, second } : [first];
        var runs = models.Select(model => Calls.Create(model, _draft.Body(model), _draft.Cache)).ToList();
        for (var i = 0; i < _runs.Length; i++) _runs[i] = runs.ElementAtOrDefault(i);
        _announcement = null;
        foreach (var run in runs) _ = WatchAsync(Calls.AskAsync(run, TenantId!, actor.Id));
        StateHasChanged();
    }

    private async Task WatchAsync(Task ended)
    {
        await ended;
        await InvokeAsync(() =>
        {
            if (!IsRunning) _announcement = "The answers have ended.";
            StateHasChanged();
        });
    }

    private void Stop()
    {
        foreach (var run in _runs) run?.Stop();
    }

    private CallSnippet? CodeOf(string? model)
    {
        try
        {
            var wish = _draft.Cache == CacheWish.AsConfigured ? null : _draft.Cache.ToString().ToLowerInvariant();
            return model is null ? null : new CallSnippet(Navigation.BaseUri, "YOUR_KEY", _draft.Body(model), wish);
        }
        catch (ConfigurationInvalidException)
        {
            // Said at the fields, once somebody runs it.
            return null;
        }
    }

    private void ChooseTenant(string? id)
    {
        Stop();
        Navigation.NavigateTo(Navigation.GetUriWithQueryParameters(new Dictionary<string, object?> { ["tenant"] = id, ["a"] = null, ["b"] = null }), replace: true);
    }

    private void Go(string name, string? model) => Navigation.NavigateTo(Navigation.GetUriWithQueryParameter(name, model ?? ""), replace: true);
}
