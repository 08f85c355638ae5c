namespace LlmConsole.Core.Wire;

/// <summary>Where a caller stands with the limits that bind it most closely: what <c>x-ratelimit-*</c> and <c>RateLimit</c> headers say. Absent parts are unlimited.</summary>
public sealed record LimitReport(LimitWindow? Requests, LimitWindow? Tokens)
{
    public static readonly LimitReport Unlimited = new(null, null);
}

/// <summary>One window of 60 seconds.</summary>
/// <param name="Limit">What is allowed in any 60 seconds.</param>
/// <param name="Remaining">What is left now.</param>
/// <param name="Reset">When the window would be empty again if nothing more came.</param>
public readonly record struct LimitWindow(long Limit, long Remaining, TimeSpan Reset);
