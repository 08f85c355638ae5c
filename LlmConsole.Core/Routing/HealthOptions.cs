namespace LlmConsole.Core.Routing;

/// <summary>When a target counts as failing, and for how long it is left alone.</summary>
public sealed record HealthOptions
{
    /// <summary>Failures in a row that open the breaker, however slow the traffic.</summary>
    public int ConsecutiveFailures { get; init; } = 5;

    /// <summary>Failures further apart than this are not in a row.</summary>
    public TimeSpan RowEnds { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Share of failures over the last ten seconds that opens the breaker.</summary>
    public double ErrorRate { get; init; } = 0.5;

    /// <summary>Fewer calls than this in those seconds say nothing about the share.</summary>
    public int MinimumCalls { get; init; } = 10;

    /// <summary>How long the breaker stays open before one call probes the target; it doubles with each probe that fails.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(5);
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The cool-down after a 429 that doesn't say how long.</summary>
    public TimeSpan UsualCoolDown { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A provider that wants to be left alone for longer is asked again after this.</summary>
    public TimeSpan LongestCoolDown { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Retries per call, on average: what an outage can add to the load.</summary>
    public double RetryShare { get; init; } = 0.1;

    /// <summary>Retries that a target with little traffic affords at once.</summary>
    public int RetryBurst { get; init; } = 10;
}
