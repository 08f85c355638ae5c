using LlmConsole.Components.Shared;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Webhooks;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace LlmConsole.Components.Console.Webhooks;

/// <summary>One endpoint: what it takes, whether it answers, and everything that was sent to it.</summary>
public sealed partial class WebhookPage
{
    private const int PageSize = 50;

    private IReadOnlyList<Delivery>? _deliveries;
    private IReadOnlyList<DeliveryAttempt> _attempts = [];
    private Delivery? _open;
    private DeliveryAttempt? _test;
    private string? _refusal;
    private bool _busy;
    private bool _testing;

    [Parameter]
    public required string Id { get; set; }

    [SupplyParameterFromQuery]
    private string? Status { get; set; }

    /// <summary>The last id of the page before.</summary>
    [SupplyParameterFromQuery]
    private string? Before { get; set; }

    /// <summary>The delivery that is open.</summary>
    [SupplyParameterFromQuery(Name = "delivery")]
    private string? OpenId { get; set; }

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private DeliveryQueries Queries { get; set; } = default!;

    [Inject]
    private DeliveryActions Actions { get; set; } = default!;

    [Inject]
    private WebhookEdits Edits { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    private WebhookEndpoint? Endpoint => Snapshot.Webhooks.GetValueOrDefault(Id);

    private DeliveryState? State => Enum.TryParse<DeliveryState>(Status, ignoreCase: true, out var state) ? state : null;

    protected override Task OnParametersSetAsync() => ReadAsync();

    private async Task ReadAsync()
    {
        _deliveries = await Queries.PageAsync(Id, State, Before, PageSize + 1, default);
        var open = OpenId is null ? null : await Queries.FindAsync(OpenId, default);
        if (open?.EndpointId != Id) open = null;
        if (open is not null && open != _open) _attempts = await Queries.AttemptsAsync(open.Id, default);
        _open = open;
    }

    private Task TestAsync(WebhookEndpoint endpoint) => RunAsync(async () =>
    {
        (_test, _testing) = (null, true);
        try
        {
            _test = (await Actions.TestAsync(await Me.AuthorizeAsync(), endpoint, default)).Attempt;
        }
        finally
        {
            _testing = false;
        }
    });

    private Task SwitchAsync(WebhookEndpoint endpoint, bool enabled) => RunAsync(async () => await Edits.ChangeAsync(await Me.AuthorizeAsync(), endpoint, new WebhookChange { Enabled = enabled }, default));

    private Task ResendAsync(WebhookEndpoint endpoint, Delivery delivery) => RunAsync(async () =>
    {
        if (!await Actions.ResendAsync(await Me.AuthorizeAsync(), endpoint, delivery, default)) _refusal = "An attempt is under way. Wait for what comes of it.";
    });

    private Task<bool> EditAsync(WebhookEndpoint endpoint) => ShowAsync($"Edit {endpoint.Name}", new DialogParameters<WebhookDialog> { { dialog => dialog.Endpoint, endpoint } });

    private async Task RotateAsync(WebhookEndpoint endpoint)
    {
        var dialog = await Dialogs.ShowAsync<RotateSecretDialog>($"Rotate the secret of {endpoint.Name}", new DialogParameters<RotateSecretDialog> { { shown => shown.Endpoint, endpoint } });
        if ((await dialog.Result)?.Data is IssuedWebhook issued) await WebhookSecretDialog.ShowAsync(Dialogs, issued);
    }

    private async Task DeleteAsync(WebhookEndpoint endpoint)
    {
        var deleted = await ShowAsync($"Delete {endpoint.Name}", new DialogParameters<DeleteDialog>
        {
            { dialog => dialog.Name, endpoint.Name },
            { dialog => dialog.Consequence, "Nothing is sent to it any more, and its deliveries will be gone." },
            { dialog => dialog.Delete, async () => await Edits.DeleteAsync(await Me.AuthorizeAsync(), endpoint, default) },
        });
        if (deleted) Navigation.NavigateTo("/admin/webhooks");
    }

    /// <summary>One thing at a time; what is refused is said above the page.</summary>
    private async Task RunAsync(Func<Task> action)
    {
        if (_busy) return;
        (_busy, _refusal) = (true, null);
        try
        {
            await action();
            await ReadAsync();
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

    private void Navigate(params (string Name, string? Value)[] values) =>
        Navigation.NavigateTo(Navigation.GetUriWithQueryParameters(values.ToDictionary(pair => pair.Name, pair => string.IsNullOrEmpty(pair.Value) ? null : (object?)pair.Value)));
}
