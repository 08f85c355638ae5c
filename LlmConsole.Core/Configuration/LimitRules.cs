using System.Net;

namespace LlmConsole.Core.Configuration;

/// <summary>What limits and budgets must look like, wherever they are set.</summary>
internal static class LimitRules
{
    private const int MaxQuotas = 20;

    public static void Check(string prefix, in LimitSet limits, List<Problem> problems)
    {
        ConfigurationValidator.Range(prefix + "requestsPerMinute", limits.RequestsPerMinute, 1, 10_000_000, problems);
        ConfigurationValidator.Range(prefix + "tokensPerMinute", limits.TokensPerMinute, 1, 2_000_000_000, problems);
        ConfigurationValidator.Range(prefix + "concurrency", limits.Concurrency, 1, 1_000_000, problems);
        ConfigurationValidator.Range(prefix + "maxOutputTokens", limits.MaxOutputTokens, 1, 10_000_000, problems);
        ConfigurationValidator.Range(prefix + "maxPromptTokens", limits.MaxPromptTokens, 1, 10_000_000, problems);
    }

    public static void Check(string prefix, IReadOnlyList<Quota> quotas, List<Problem> problems)
    {
        if (quotas.Count > MaxQuotas) problems.Add(new($"{prefix}quotas", $"At most {MaxQuotas} quotas."));
        for (var i = 0; i < quotas.Count; i++)
        {
            var quota = quotas[i];
            if (quota.Limit is < 0 or > 1_000_000_000_000_000_000) problems.Add(new($"{prefix}quotas[{i}].limit", "Must be 0 or more, and at most 1,000,000,000 dollars or 10^18 tokens or requests."));
            if (!TimeZoneInfo.TryFindSystemTimeZoneById(quota.TimeZone, out _)) problems.Add(new($"{prefix}quotas[{i}].timeZone", $"{quota.TimeZone} is not a time zone; use an IANA name such as Europe/Berlin."));
            if (quotas.Take(i).Any(other => (other.Unit, other.Period, other.TimeZone, other.Hard) == (quota.Unit, quota.Period, quota.TimeZone, quota.Hard)))
                problems.Add(new($"{prefix}quotas[{i}]", "There is already a quota of this unit and period. Keep one."));
        }
    }

    public static void CheckAddresses(IReadOnlyList<string> addresses, List<Problem> problems)
    {
        if (addresses.Count > 100) problems.Add(new("ipAllow", "At most 100 addresses."));
        for (var i = 0; i < addresses.Count; i++)
        {
            if (!IPAddress.TryParse(addresses[i], out _) && !IPNetwork.TryParse(addresses[i], out _)) problems.Add(new($"ipAllow[{i}]", "Must be an address or a CIDR range, such as 203.0.113.7 or 203.0.113.0/24."));
        }
    }
}
