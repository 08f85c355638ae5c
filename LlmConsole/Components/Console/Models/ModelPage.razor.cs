using LlmConsole.Components.Shared;
using LlmConsole.Core.Configuration;
using Microsoft.AspNetCore.Components;

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
    private Toasts Messages { get; set; } = default!;

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

    /// <summary>What was drained beside the form must not come back when the form is saved.</summary>
    private void Note((ModelTarget Before, bool Drained) change)
    {
        if (_draft.Targets.Find(target => target.Was(change.Before) && target.Drained != change.Drained) is { } target) target.Drained = change.Drained;
    }

    private async Task SaveAsync()
    {
        if (Model is { } current) _draft.Targets.ForEach(target => target.Follow(current));
        var model = _draft.ToModel(Time);
        await Editor.SaveAsync(await Me.AuthorizeAsync(), Change.Put(model), default);
        Messages.Say($"{model.Name} is saved.");
        Navigation.NavigateTo("/admin/models");
    }
}
