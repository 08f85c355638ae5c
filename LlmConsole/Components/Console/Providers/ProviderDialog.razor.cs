using LlmConsole.Components.Shared;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Providers;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace LlmConsole.Components.Console.Providers;

/// <summary>Creates or edits a provider. The API key goes in and is never shown again; a test uses what stands in the form.</summary>
public sealed partial class ProviderDialog
{
    private const int ShownModels = 8;
    private ProviderDraft _draft = new(null);
    private FormDialog _form = default!;
    private ProbeResult? _result;
    private bool _testing;

    [Inject]
    private ConfigurationEditor Editor { get; set; } = default!;

    [Inject]
    private SignedInEditor Me { get; set; } = default!;

    [Inject]
    private ISecretProtector Secrets { get; set; } = default!;

    [Inject]
    private ProviderProbe Probe { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = default!;

    /// <summary>The provider to edit; none creates one.</summary>
    [Parameter]
    public Provider? Provider { get; set; }

    private string KeyHelp => (Provider, Provider?.ApiKeyLastFour) switch
    {
        ({ ProtectedApiKey: not null }, { } end) => $"Stored, ends in {end}. Leave empty to keep it.",
        ({ ProtectedApiKey: not null }, null) => "Stored. Leave empty to keep it.",
        _ => "Stored encrypted, and never shown again.",
    };

    private string AddressHelp => _draft.Kind switch
    {
        ProviderKind.AzureOpenAI => "The address of the resource. With ?api-version=… at its end, models are asked for by their deployments.",
        _ when ProviderDraft.DefaultAddress(_draft.Kind) is { } address => $"Empty means {address}.",
        _ => "The root under which chat/completions lies.",
    };

    private string AddressSample => ProviderDraft.DefaultAddress(_draft.Kind) ?? (_draft.Kind == ProviderKind.AzureOpenAI ? "https://my-resource.openai.azure.com" : "http://localhost:8000/v1");

    protected override void OnInitialized() => _draft = new ProviderDraft(Provider);

    private void Forget() => _result = null;

    private async Task SaveAsync()
    {
        await Editor.SaveAsync(await Me.AuthorizeAsync(), Change.Put(_draft.ToProvider(Secrets, Time)), default);
        Dialog.Close();
    }

    private async Task TestAsync()
    {
        _result = null;
        _testing = true;
        await _form.RunAsync(async () =>
        {
            await Me.AuthorizeAsync();
            var key = string.IsNullOrWhiteSpace(_draft.ApiKey) ? null : _draft.ApiKey.Trim();
            _result = await Probe.TestAsync(_draft.ToProvider(Secrets, Time), key, default);
        });
        _testing = false;
    }
}
