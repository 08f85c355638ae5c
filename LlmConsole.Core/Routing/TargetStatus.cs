namespace LlmConsole.Core.Routing;

/// <summary>A target as health knows it: a provider, and the name that the configuration sends it (<c>*</c> for a pattern).</summary>
public readonly record struct TargetKey(string ProviderId, string Model);

/// <summary>Whether a target is asked.</summary>
public enum TargetState
{
    /// <summary>It is asked.</summary>
    Healthy,

    /// <summary>It said that it is asked too much, and is left alone for a while.</summary>
    CoolingDown,

    /// <summary>It failed too often, and is left alone for a while.</summary>
    Open,

    /// <summary>It failed too often; the next call, or one that is under way, finds out whether it is well again.</summary>
    Probing,
}

/// <summary>How a target does, as this instance sees it.</summary>
public sealed record TargetStatus
{
    public required TargetKey Target { get; init; }
    public required TargetState State { get; init; }

    /// <summary>When it came into this state.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>How long it is still left alone.</summary>
    public TimeSpan? Pause { get; init; }

    /// <summary>Calls that ended in the last ten seconds, and the share of them that failed.</summary>
    public int Calls { get; init; }
    public double ErrorRate { get; init; }
    public int ConsecutiveFailures { get; init; }

    /// <summary>What it failed with last, in words.</summary>
    public string? LastError { get; init; }
    public DateTimeOffset? LastErrorAt { get; init; }

    /// <summary>The median time to the first token of its last answers, in milliseconds.</summary>
    public double? FirstTokenMs { get; init; }
}
