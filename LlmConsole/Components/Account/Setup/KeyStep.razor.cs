using LlmConsole.Core.Configuration;
using Microsoft.AspNetCore.Components;

namespace LlmConsole.Components.Account.Setup;

/// <summary>Step 3: tenant, tier and the first key, which is shown once.</summary>
public sealed partial class KeyStep
{
    private IssuedKey? _issued;
    private bool _busy;

    [Parameter, EditorRequired]
    public EventCallback<IssuedKey> OnDone { get; set; }

    [Parameter, EditorRequired]
    public EventCallback OnBack { get; set; }

    internal KeyInput Input { get; } = new();

    private string Limits => Steps.Tiers.FirstOrDefault(tier => tier.Id == Input.TierId)?.RequestsPerMinute is { } rate
        ? FormattableString.Invariant($"{rate:N0} requests a minute. Tiers can be changed at any time.")
        : "No limit of requests. Tiers can be changed at any time.";

    protected override void OnInitialized() => Input.TierId = Steps.Tiers.OrderByDescending(tier => tier.Name == Seed.DefaultName).FirstOrDefault()?.Id ?? "";

    private async Task IssueAsync() => _issued = await Steps.IssueKeyAsync(Input, CancellationToken.None);
}
