namespace LlmConsole.Core.Metering.Live;

/// <summary>The calls that ended within one second.</summary>
public sealed class LiveSecond(long second)
{
    /// <summary>Models and tenants are told apart up to this many a second; the rest counts under an empty name.</summary>
    private const int MostNames = 40;

    /// <summary>Unix time, in seconds.</summary>
    public long Second { get; } = second;
    public CallSums Total { get; init; } = new();

    /// <summary>By <see cref="UsageRecord.ModelSummed"/>.</summary>
    public Dictionary<string, CallSums> Models { get; init; } = [];

    /// <summary>By the tenant's id.</summary>
    public Dictionary<string, CallSums> Tenants { get; init; } = [];

    public void Add(UsageRecord record)
    {
        Total.Add(record);
        Of(Models, record.ModelSummed).Add(record);
        Of(Tenants, record.TenantId).Add(record);
    }

    public void Add(LiveSecond other)
    {
        Total.Add(other.Total);
        foreach (var (name, sums) in other.Models) Of(Models, name).Add(sums);
        foreach (var (name, sums) in other.Tenants) Of(Tenants, name).Add(sums);
    }

    /// <summary>One second made of several parts, which stay as they are.</summary>
    public static LiveSecond Merge(long second, IEnumerable<LiveSecond> parts)
    {
        var merged = new LiveSecond(second);
        foreach (var part in parts) merged.Add(part);
        return merged;
    }

    private static CallSums Of(Dictionary<string, CallSums> sums, string name)
    {
        if (sums.TryGetValue(name, out var known)) return known;
        if (sums.Count >= MostNames && name.Length > 0) return Of(sums, "");
        return sums[name] = new CallSums();
    }
}

/// <summary>What changed: these seconds, as they are now, replace what was known of them.</summary>
/// <param name="Now">Unix time of the newest second that is known of, in seconds.</param>
/// <param name="UnderWay">Calls that have begun and not ended, on all instances.</param>
/// <param name="Seconds">Oldest first; a second in which nothing ended isn't among them.</param>
public sealed record LiveUpdate(long Now, int UnderWay, IReadOnlyList<LiveSecond> Seconds);
