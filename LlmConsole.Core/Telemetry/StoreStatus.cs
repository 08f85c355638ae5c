namespace LlmConsole.Core.Telemetry;

/// <summary>How a store of the gateway does.</summary>
/// <param name="Store">Which one, such as <c>redis</c>.</param>
/// <param name="DegradedSince">Since when it doesn't answer as it should; none while it does.</param>
/// <param name="Reason">Why, in a few words without secrets.</param>
public sealed record StoreStatus(string Store, DateTimeOffset? DegradedSince = null, string? Reason = null)
{
    public bool IsDegraded => DegradedSince is not null;
}
