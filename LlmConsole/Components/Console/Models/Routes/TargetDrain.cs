using LlmConsole.Core.Configuration;

namespace LlmConsole.Components.Console.Models.Routes;

/// <summary>Takes one target out of service, or puts it back.</summary>
internal static class TargetDrain
{
    /// <summary>The edit on this snapshot; nothing when the model or the target is gone, or is so already.</summary>
    public static IReadOnlyList<Change> Of(ConfigurationSnapshot snapshot, string modelId, ModelTarget target, bool drained)
    {
        if (snapshot.Models.GetValueOrDefault(modelId) is not { } model) return [];
        var index = model.Targets.Index().Where(other => IsSame(other.Item, target) && other.Item.Drained != drained).Select(other => (int?)other.Index).FirstOrDefault();
        if (index is not { } position) return [];
        return [Change.Put(model with { Targets = [.. model.Targets.Take(position), model.Targets[position] with { Drained = drained }, .. model.Targets.Skip(position + 1)] })];
    }

    /// <summary>The weight may have been changed meanwhile; it is the same target all the same.</summary>
    internal static bool IsSame(ModelTarget a, ModelTarget b) => a.ProviderId == b.ProviderId && a.Model == b.Model && a.Group == b.Group;
}
