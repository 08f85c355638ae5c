using LlmConsole.Core.Configuration;

namespace LlmConsole.Components.Console.Models;

/// <summary>What a model does when its targets fail, while it is being edited.</summary>
public sealed class ResilienceDraft(ModelResilience resilience)
{
    /// <summary>Each way to treat a stream that breaks off, its name, and what it does.</summary>
    public static readonly IReadOnlyList<(RescueMode Mode, string Name, string Effect)> Rescues =
    [
        (RescueMode.None, "End it with an error", "The caller keeps what it has and gets an error event; the answer is marked incomplete."),
        (RescueMode.Hold, "Hold answers back", "Nothing is sent until the answer is complete, so another target can take over unseen; callers wait longer for the first word."),
        (RescueMode.Continue, "Let another target continue", "The next target goes on from the delivered text: from a prefill where it accepts one, else only if it begins with exactly the same words. If none can, the caller gets the error."),
    ];

    public bool IsSticky { get; set; } = resilience.Sticky == Stickiness.User;

    public int Retries { get; set; } = resilience.Retries;

    public RescueMode Rescue { get; set; } = resilience.Rescue;

    public string GracefulMessage { get; set; } = resilience.GracefulMessage ?? "";

    public bool ContextFallback { get; set; } = resilience.ContextFallback;

    public ModelResilience ToResilience() => new()
    {
        Sticky = IsSticky ? Stickiness.User : Stickiness.None,
        Retries = Retries,
        Rescue = Rescue,
        GracefulMessage = string.IsNullOrWhiteSpace(GracefulMessage) ? null : GracefulMessage.Trim(),
        ContextFallback = ContextFallback,
    };
}
