using LlmConsole.Authentication;
using LlmConsole.Core.Configuration;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace LlmConsole.Components.Shared;

/// <summary>A page that shows the configuration, and shows it anew whenever somebody changes it.</summary>
public abstract class ConfigurationPage : ComponentBase, IDisposable
{
    [Inject]
    private protected ConfigurationStore Store { get; init; } = default!;

    [Inject]
    private protected IDialogService Dialogs { get; init; } = default!;

    private protected ConfigurationSnapshot Snapshot => Store.Current;

    [Inject]
    private protected SignedInEditor Me { get; init; } = default!;

    /// <summary>Whether to show what changes something. The writes themselves ask again.</summary>
    private protected bool MayEdit { get; private set; }

    protected override async Task OnInitializedAsync()
    {
        Store.Changed += Redraw;
        MayEdit = await Me.MayAsync(Access.Edit);
    }

    public void Dispose()
    {
        Store.Changed -= Redraw;
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>For pages that hold more than the subscription.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }

    private void Redraw(ConfigurationSnapshot snapshot) => _ = InvokeAsync(StateHasChanged);

    /// <summary>Shows a dialog and waits until it is closed; true unless it was cancelled.</summary>
    private protected async Task<bool> ShowAsync<TDialog>(string title, DialogParameters<TDialog> parameters) where TDialog : IComponent
    {
        var dialog = await Dialogs.ShowAsync<TDialog>(title, parameters);
        return await dialog.Result is { Canceled: false };
    }
}
