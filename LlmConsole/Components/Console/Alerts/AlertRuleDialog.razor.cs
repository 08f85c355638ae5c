using System.Globalization;
using LlmConsole.Components.Shared;
using LlmConsole.Core.Alerts;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Webhooks;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace LlmConsole.Components.Console.Alerts;

/// <summary>Creates a rule from a template, or changes one. A test goes to whoever would get its alerts, and says what came of it.</summary>
public sealed partial class AlertRuleDialog
{
    private readonly HashSet<string> _webhooks = new(StringComparer.Ordinal);
    private IReadOnlyList<(WebhookEndpoint Endpoint, DeliveryAttempt Attempt)>? _outcomes;
    private FormDialog _form = default!;
    private int _template;
    private string _name = "";
    private string _threshold = "";
    private string _tenantId = "";
    private bool _enabled = true;
    private bool _testing;

    [Inject]
    private ConfigurationStore Store { get; set; } = default!;

    [Inject]
    private ConfigurationEditor Editor { get; set; } = default!;

    [Inject]
    private AlertRehearsal Rehearsal { get; set; } = default!;

    [Inject]
    private SignedInEditor Me { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = default!;

    /// <summary>The rule to change; none creates one.</summary>
    [Parameter]
    public AlertRule? Rule { get; set; }

    private AlertTemplate Template => Rule is null ? AlertTemplate.All[_template] : AlertTemplate.Of(Rule.Kind);

    private string? TenantId => _tenantId.Length == 0 ? null : _tenantId;

    /// <summary>The endpoints that may be told of the chosen tenant.</summary>
    private List<WebhookEndpoint> Choices =>
        [.. Store.Current.Webhooks.Values.Where(endpoint => endpoint.IsFor(TenantId)).OrderBy(endpoint => endpoint.TenantId is not null).ThenBy(endpoint => endpoint.Name, StringComparer.OrdinalIgnoreCase).ThenBy(endpoint => endpoint.Id, StringComparer.Ordinal)];

    protected override void OnInitialized()
    {
        if (Rule is null)
        {
            UseTemplate();
            return;
        }

        (_name, _threshold, _tenantId, _enabled) = (Rule.Name, Text(Rule.Threshold), Rule.TenantId ?? "", Rule.Enabled);
        _webhooks.UnionWith(Rule.Webhooks);
    }

    private void Switch(string webhookId, bool on)
    {
        if (on) _webhooks.Add(webhookId);
        else _webhooks.Remove(webhookId);
    }

    private void UseTemplate() => (_name, _threshold, _tenantId, _outcomes) = (Template.Name, Text(Template.Threshold), "", null);

    private async Task SaveAsync()
    {
        await Editor.SaveAsync(await Me.AuthorizeAsync(), Change.Put(Read()), default);
        Dialog.Close();
    }

    private async Task TestAsync()
    {
        (_outcomes, _testing) = (null, true);
        await _form.RunAsync(async () => _outcomes = await Rehearsal.SendAsync(await Me.AuthorizeAsync(), Read(), default));
        _testing = false;
    }

    /// <summary>The rule as the form says.</summary>
    private AlertRule Read()
    {
        var threshold = 0.0;
        if (Template.Unit is not null && !double.TryParse(_threshold.Trim(), NumberStyles.AllowDecimalPoint | NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out threshold))
            throw new ConfigurationInvalidException([new Problem("threshold", "Enter a number, such as 5 or 2.5.")]);
        return (Rule ?? AlertText.Of(Template, Time)) with
        {
            Name = _name.Trim(),
            Threshold = threshold,
            TenantId = TenantId,
            Enabled = _enabled,
            Webhooks = [.. Choices.Select(endpoint => endpoint.Id).Where(_webhooks.Contains)],
        };
    }

    private static string Text(double threshold) => threshold.ToString("0.##", CultureInfo.InvariantCulture);
}
