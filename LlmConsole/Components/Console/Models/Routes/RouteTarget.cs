using LlmConsole.Components.Shared;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Routing;

namespace LlmConsole.Components.Console.Models.Routes;

/// <summary>A target as people see it: its provider by name, its share of its group's calls, and how it does.</summary>
/// <param name="Target">As the model names it.</param>
/// <param name="Provider">The provider's name.</param>
/// <param name="Share">Of the calls of its group, 0 to 1; none while it is drained.</param>
/// <param name="Status">How it does on this instance; none when it wasn't asked yet.</param>
public sealed record RouteTarget(ModelTarget Target, string Provider, double? Share, TargetStatus? Status)
{
    public string Name => $"{Provider}: {Target.Model}";

    public string ShareText => Share is { } share ? Display.Percent(100 * share) : "no calls";

    public Tone Tone => (Target.Drained, Status?.State) switch
    {
        (true, _) or (_, null) => Tone.Neutral,
        (_, TargetState.Healthy) => Tone.Ok,
        (_, TargetState.Open) => Tone.Bad,
        _ => Tone.Warn,
    };

    /// <summary>How it does, in a word or two.</summary>
    public string Word => (Target.Drained, Status?.State) switch
    {
        (true, _) => "drained",
        (_, null) => "not asked yet",
        (_, TargetState.Healthy) => "healthy",
        (_, TargetState.CoolingDown) => "cooling down",
        (_, TargetState.Open) => "open",
        _ => "probing",
    };

    /// <summary>Whether it gets fewer calls than its weight says.</summary>
    public bool IsTroubled => Target.Drained || Status is { State: not TargetState.Healthy };

    /// <summary>Until when it is left alone; none when it may be asked.</summary>
    public DateTimeOffset? LeftAloneUntil(DateTimeOffset now) => Target.Drained ? null : now + Status?.Pause;

    /// <summary>The targets of a model, in its own order.</summary>
    public static IReadOnlyList<RouteTarget> Of(Model model, ConfigurationSnapshot snapshot, HealthBook health) =>
    [
        .. model.Targets.Select(target => new RouteTarget(
            target, snapshot.Providers.GetValueOrDefault(target.ProviderId)?.Name ?? target.ProviderId, ShareOf(model, target), health.Find(target.ProviderId, target.Model))),
    ];

    /// <summary>By weight alone; a target that is much slower than the others gets fewer.</summary>
    internal static double? ShareOf(Model model, ModelTarget target) =>
        target.Drained ? null : (double)target.Weight / Math.Max(1, model.Targets.Where(other => !other.Drained && other.Group == target.Group).Sum(other => (long)other.Weight));
}
