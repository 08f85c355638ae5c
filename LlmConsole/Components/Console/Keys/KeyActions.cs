using LlmConsole.Core.Configuration;
using MudBlazor;

namespace LlmConsole.Components.Console.Keys;

/// <summary>What can be done to keys, from wherever they are listed. A fresh key's text is shown once, right after.</summary>
internal sealed class KeyActions(IDialogService dialogs)
{
    // Neither Esc nor a click beside it closes the dialog with the secret: it asks first.
    private static readonly DialogOptions Insistent = new() { CloseOnEscapeKey = false, BackdropClick = false, MaxWidth = MaxWidth.Medium, FullWidth = true };

    public async Task CreateAsync(string? tenantId)
    {
        var dialog = await dialogs.ShowAsync<KeyDialog>("Create key", new DialogParameters<KeyDialog> { { d => d.TenantId, tenantId } });
        await ShowSecretAsync(await dialog.Result);
    }

    public Task EditAsync(ApiKey key) => dialogs.ShowAsync<KeyDialog>($"Edit {key.Name}", new DialogParameters<KeyDialog> { { d => d.Key, key } });

    public async Task RotateAsync(ApiKey key)
    {
        var dialog = await dialogs.ShowAsync<RotateKeyDialog>($"Rotate {key.Name}", new DialogParameters<RotateKeyDialog> { { d => d.Key, key } });
        await ShowSecretAsync(await dialog.Result);
    }

    public Task RevokeAsync(ApiKey key, DateTimeOffset? lastUsed) => dialogs.ShowAsync<RevokeKeyDialog>($"Revoke {key.Name}", new DialogParameters<RevokeKeyDialog>
    {
        { d => d.Key, key },
        { d => d.LastUsed, lastUsed },
    });

    private async Task ShowSecretAsync(DialogResult? result)
    {
        if (result?.Data is not IssuedKey issued) return;
        await dialogs.ShowAsync<KeySecretDialog>($"Key {issued.Key.Name}", new DialogParameters<KeySecretDialog> { { d => d.Issued, issued } }, Insistent);
    }
}
