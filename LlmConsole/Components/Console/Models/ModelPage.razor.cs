using LlmConsole.Core.Configuration;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace LlmConsole.Components.Console.Models;

/// <summary>Creates or edits a model: its name, where it is served from, what it costs, and what happens when it doesn't answer.</summary>
public sealed partial class ModelPage
{
    private ModelDraft _draft = new(null, null, default);
    private string? _draftOf;
    private bool _busy;

    [Parameter]
    public string? Id { get; set; }

    [Inject]
    private ConfigurationEditor Editor { get; set; } = default!;

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private ISnackbar Messages { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    private Model? Model => Id is null ? null : Snapshot.Models.GetValueOrDefault(Id);

    protected override void OnParametersSet()
    {
        var key = Id ?? "new";
        if (_draftOf == key) return;
        _draftOf = key;
        _draft = Fresh();
    }

    private ModelDraft Fresh() => new(Model, Snapshot.Providers.Values.MinBy(provider => provider.CreatedAt)?.Id, Time.GetUtcNow());

    private void AddTarget() => _draft.Targets.Add(new TargetDraft { ProviderId = _draft.Targets[^1].ProviderId });

    private void MoveUp(int index) => (_draft.Targets[index - 1], _draft.Targets[index]) = (_draft.Targets[index], _draft.Targets[index - 1]);

    private async Task SaveAsync()
    {
        var model = _draft.ToModel(Time);
        await Editor.SaveAsync(await Me.AuthorizeAsync(), Change.Put(model), default);
        Messages.Add($"{model.Name} is saved.", Severity.Success);
        Navigation.NavigateTo("/admin/models");
    }
}
