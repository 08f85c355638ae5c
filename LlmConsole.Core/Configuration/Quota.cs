namespace LlmConsole.Core.Configuration;

/// <summary>A budget: so much of a unit in each period.</summary>
public sealed record Quota
{
    public required QuotaUnit Unit { get; init; }
    public required QuotaPeriod Period { get; init; }

    /// <summary>Whole requests or tokens; for <see cref="QuotaUnit.Usd"/>, nano-dollars.</summary>
    public required long Limit { get; init; }

    /// <summary>The IANA time zone whose calendar the period follows.</summary>
    public string TimeZone { get; init; } = "UTC";

    /// <summary>A hard quota refuses what doesn't fit; a soft one only alerts.</summary>
    public bool Hard { get; init; } = true;
}

public enum QuotaUnit
{
    Requests,
    Tokens,
    Usd,
}

public enum QuotaPeriod
{
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Lifetime,
}
