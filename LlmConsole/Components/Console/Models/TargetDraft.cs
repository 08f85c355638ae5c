using System.Globalization;
using LlmConsole.Components.Console.Models.Routes;
using LlmConsole.Components.Shared;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Components.Console.Models;

/// <summary>One target while it is being edited, as the fields hold it.</summary>
public sealed class TargetDraft
{
    private readonly ModelTarget? _target;

    public TargetDraft()
    {
    }

    public TargetDraft(ModelTarget target)
    {
        (_target, ProviderId, Model) = (target, target.ProviderId, target.Model);
        (Weight, Group) = (target.Weight.ToString(CultureInfo.InvariantCulture), target.Group.ToString(CultureInfo.InvariantCulture));
        (AcceptsPrefill, Drained) = (target.AcceptsPrefill, target.Drained);
    }

    public string ProviderId { get; set; } = "";

    public string Model { get; set; } = "";

    public string Weight { get; set; } = "1";

    public string Group { get; set; } = "0";

    public bool AcceptsPrefill { get; set; }

    public bool Drained { get; set; }

    /// <summary>Whether it began as this target, whatever was typed since.</summary>
    public bool Was(ModelTarget target) => _target is not null && TargetDrain.IsSame(_target, target);

    /// <summary>Takes over that it was drained or put back elsewhere meanwhile, unless this form says otherwise.</summary>
    public void Follow(Core.Configuration.Model current)
    {
        if (_target is null || Drained != _target.Drained || current.Targets.FirstOrDefault(Was) is not { } now) return;
        Drained = now.Drained;
    }

    /// <summary>The target; what can't be read adds problems.</summary>
    public ModelTarget ToTarget(int index, ICollection<Problem> problems) => new(ProviderId, Model.Trim(), NumberText.Read(Weight, $"targets[{index}].weight", problems))
    {
        Group = NumberText.Read(Group, $"targets[{index}].group", problems), AcceptsPrefill = AcceptsPrefill, Drained = Drained,
    };
}
