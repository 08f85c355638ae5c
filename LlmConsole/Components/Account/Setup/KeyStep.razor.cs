using LlmConsole.Authentication;
using LlmConsole.Core.Configuration;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;

namespace LlmConsole.Components.Account.Setup;

/// <summary>Step 3: tenant, tier and the first key, which is shown once.</summary>
public sealed partial class KeyStep
{
    private IReadOnlyList<Problem> _problems = [];
    private IssuedKey? _issued;
    private bool _busy;

    [Parameter, EditorRequired]
    public EventCallback<IssuedKey> OnDone { get; set; }

    [Parameter, EditorRequired]
    public EventCallback OnBack { get; set; }

    [CascadingParameter]
    private Task<AuthenticationState> Authentication { get; set; } = default!;

    internal KeyInput Input { get; } = new();

    private string Limits
    {
        get
        {
            var tier = Steps.Tiers.FirstOrDefault(tier => tier.Id == Input.TierId);
            return tier?.RequestsPerMinute is { } rate ? FormattableString.Invariant($"{rate:N0} requests a minute. Tiers can be changed at any time.") : "No limit of requests. Tiers can be changed at any time.";
        }
    }

    protected override void OnInitialized()
    {
        var tiers = Steps.Tiers;
        Input.TierId = tiers.OrderByDescending(tier => tier.Name == Seed.DefaultName).FirstOrDefault()?.Id ?? "";
    }

    private async Task IssueAsync()
    {
        if (_busy) return;
        _busy = true;
        try
        {
            _problems = [];
            _issued = await Steps.IssueKeyAsync((await Authentication).User.ToActor(null), Input, CancellationToken.None);
        }
        catch (ConfigurationInvalidException e)
        {
            _problems = e.Problems;
        }
        finally
        {
            _busy = false;
        }
    }
}
