using LlmConsole.Core;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Api.Admin;

/// <summary>A budget as it is sent.</summary>
internal sealed record QuotaBody
{
    public Optional<QuotaUnit> Unit { get; init; }
    public Optional<QuotaPeriod> Period { get; init; }

    /// <summary>Whole requests or tokens, or dollars with up to nine decimals.</summary>
    public Optional<decimal?> Limit { get; init; }

    /// <summary>The IANA time zone whose calendar the period follows; UTC if it isn't sent.</summary>
    public Optional<string> TimeZone { get; init; }

    /// <summary>A hard quota (the default) refuses what doesn't fit; a soft one only counts and alerts.</summary>
    public Optional<bool?> Hard { get; init; }

    /// <summary>The quotas; what is wrong with them is thrown all at once.</summary>
    public static IReadOnlyList<Quota> ToQuotas(IReadOnlyList<QuotaBody?>? bodies)
    {
        var problems = new List<Problem>();
        var quotas = (bodies ?? []).Select((body, i) => (body ?? new QuotaBody()).ToQuota($"quotas[{i}]", problems)).ToList();
        return problems.Count == 0 ? quotas : throw new ConfigurationInvalidException(problems);
    }

    private Quota ToQuota(string field, List<Problem> problems)
    {
        if (!Unit.IsSent) problems.Add(new($"{field}.unit", "A quota needs a unit: requests, tokens or usd."));
        if (!Period.IsSent) problems.Add(new($"{field}.period", "A quota needs a period: minute, hour, day, week, month or lifetime."));
        return new Quota { Unit = Unit.Value, Period = Period.Value, Limit = WholeLimit($"{field}.limit", problems), TimeZone = TimeZone.Value ?? "UTC", Hard = Hard.Value ?? true };
    }

    private long WholeLimit(string field, List<Problem> problems)
    {
        if (Limit.Value is not { } limit) problems.Add(new(field, "A quota needs a limit."));
        else if (limit is < 0 or > 1_000_000_000_000_000_000) problems.Add(new(field, "Must be 0 or more, and at most 10^18."));
        else if (Unit.Value != QuotaUnit.Usd && limit == decimal.Truncate(limit)) return (long)limit;
        else if (Unit.Value != QuotaUnit.Usd) problems.Add(new(field, "Must be a whole number of requests or tokens."));
        else if (limit > 1_000_000_000 || limit * Usd.NanosPerDollar != decimal.Truncate(limit * Usd.NanosPerDollar)) problems.Add(new(field, "Must be at most 1,000,000,000 dollars, with at most nine decimals."));
        else return Usd.FromDollars(limit).Nanos;
        return 0;
    }
}

/// <summary>A budget as it is answered.</summary>
internal sealed record QuotaView(QuotaUnit Unit, QuotaPeriod Period, decimal Limit, string TimeZone, bool Hard)
{
    public static QuotaView From(Quota quota) => new(quota.Unit, quota.Period, Amount(quota.Unit, quota.Limit), quota.TimeZone, quota.Hard);

    public static IReadOnlyList<QuotaView> From(IReadOnlyList<Quota> quotas) => [.. quotas.Select(From)];

    /// <summary>An amount of a unit as the API counts it: dollars, or whole numbers.</summary>
    public static decimal Amount(QuotaUnit unit, long amount) => unit == QuotaUnit.Usd ? new Usd(amount).Dollars : amount;
}

/// <summary>Limits as they are sent; a missing one stays, null takes it away.</summary>
internal sealed record LimitsBody
{
    public Optional<int?> RequestsPerMinute { get; init; }
    public Optional<int?> TokensPerMinute { get; init; }
    public Optional<int?> Concurrency { get; init; }
    public Optional<int?> MaxOutputTokens { get; init; }
    public Optional<int?> MaxPromptTokens { get; init; }

    public LimitSet ApplyTo(LimitSet current) => new()
    {
        RequestsPerMinute = RequestsPerMinute.Or(current.RequestsPerMinute),
        TokensPerMinute = TokensPerMinute.Or(current.TokensPerMinute),
        Concurrency = Concurrency.Or(current.Concurrency),
        MaxOutputTokens = MaxOutputTokens.Or(current.MaxOutputTokens),
        MaxPromptTokens = MaxPromptTokens.Or(current.MaxPromptTokens),
    };
}
