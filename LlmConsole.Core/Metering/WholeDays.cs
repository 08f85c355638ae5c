using System.Collections.Concurrent;
using System.Globalization;
using LlmConsole.Core.Metering.Live;
using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Metering;

/// <summary>
/// What whole days (UTC) came to, summed once and kept in memory, so that a month isn't summed from its hours at every look. Whether a call was written into such a
/// day since is asked each time, by counting: records are added, or deleted when they are old, which changes no sum.
/// </summary>
internal sealed class WholeDays(IDbContextFactory<LlmConsoleDbContext> contexts)
{
    public const long Length = 24 * 3_600_000L;

    /// <summary>The most days in memory.</summary>
    private const int Most = 64;

    /// <summary>A day of more tenants and models isn't kept.</summary>
    private const int MostGroups = 4_000;

    // Two who look at once may both sum a day, which comes to the same.
    private readonly ConcurrentDictionary<long, DaySums> _days = [];

    /// <summary>The days from one to before another, numbered since 1970; none when they are too many or too large to be kept.</summary>
    public async Task<IReadOnlyList<DaySums>?> OfAsync(long first, long end, CancellationToken cancellation)
    {
        if (end - first > Most) return null;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if (await LoadAsync(db, first, end, cancellation) is not { } days) return null;
        if (await CountAsync(db, first, end, cancellation) == days.Sum(day => day.Calls)) return days;
        if (await GrownAsync(db, first, days, cancellation) is not { Count: > 0 } grown) return days;
        foreach (var day in grown) _days.TryRemove(day, out _);
        return await LoadAsync(db, first, end, cancellation);
    }

    private async Task<List<DaySums>?> LoadAsync(LlmConsoleDbContext db, long first, long end, CancellationToken cancellation)
    {
        var days = new List<DaySums>();
        for (var number = first; number < end; number++)
        {
            if (!_days.TryGetValue(number, out var day)) day = await SumAsync(db, number, cancellation);
            if (day.Tenants.Count + day.Models.Count > MostGroups) return null;
            days.Add(_days[number] = day);
        }

        foreach (var old in _days.Keys.Where(day => day < first).Order().Take(Math.Max(0, _days.Count - Most)).ToList()) _days.TryRemove(old, out _);
        return days;
    }

    private static async Task<long> CountAsync(LlmConsoleDbContext db, long first, long end, CancellationToken cancellation)
    {
        var (from, to) = (DateTimeOffset.FromUnixTimeMilliseconds(first * Length), DateTimeOffset.FromUnixTimeMilliseconds(end * Length));
        return await db.Set<UsageRecord>().LongCountAsync(record => record.StartedAt >= from && record.StartedAt < to, cancellation);
    }

    /// <summary>The days that have more calls than were summed.</summary>
    private static async Task<List<long>> GrownAsync(LlmConsoleDbContext db, long first, List<DaySums> days, CancellationToken cancellation)
    {
        var (start, end) = (first * Length, (first + days.Count) * Length);
        var counts = await db.Database.SqlQuery<CountRow>($"""SELECT started_at / {Length} AS "Day", CAST(count(*) AS bigint) AS "Calls" FROM usage_records WHERE started_at >= {start} AND started_at < {end} GROUP BY 1""").ToListAsync(cancellation);
        return [.. counts.Where(count => count.Calls > days[(int)(count.Day - first)].Calls).Select(count => count.Day)];
    }

    private static async Task<DaySums> SumAsync(LlmConsoleDbContext db, long number, CancellationToken cancellation)
    {
        var (start, end) = (number * Length, (number + 1) * Length);
        var day = new DaySums();
        foreach (var row in await db.Database.SqlQueryRaw<MetricHistory.SumRow>(MetricHistory.OfRollups("hour || ' ' || tenant_id || ' ' || model").Sums, start, end).ToListAsync(cancellation))
        {
            var key = row.Key.Split(' ', 3);
            foreach (var part in day.Parts(long.Parse(key[0], CultureInfo.InvariantCulture), key[1], key[2])) part.Add(row.ToSums());
        }

        var latencies = db.Database.SqlQuery<LatencyRow>($"""SELECT hour AS "Hour", tenant_id AS "Tenant", model AS "Model", CAST(metric AS bigint) AS "Metric", CAST(bucket AS bigint) AS "Bucket", calls AS "Calls" FROM usage_latency WHERE hour >= {start} AND hour < {end}""");
        await foreach (var row in latencies.AsAsyncEnumerable().WithCancellation(cancellation))
        {
            foreach (var part in day.Parts(row.Hour, row.Tenant, row.Model)) (row.Metric == UsageLatency.ToTheEnd ? part.Duration : part.FirstToken).Add((int)row.Bucket, row.Calls);
        }

        return day;
    }

    private sealed record CountRow(long Day, long Calls);

    private sealed record LatencyRow(long Hour, string Tenant, string Model, long Metric, long Bucket, long Calls);
}

/// <summary>What one day came to. Once it was summed it isn't changed any more.</summary>
internal sealed class DaySums
{
    private readonly SortedDictionary<long, CallSums> _hours = [];

    /// <summary>The hours in which something arrived, by their first millisecond.</summary>
    public IEnumerable<KeyValuePair<long, CallSums>> Hours => _hours;

    public Dictionary<string, CallSums> Tenants { get; } = [];

    public Dictionary<string, CallSums> Models { get; } = [];

    public long Calls => _hours.Values.Sum(hour => hour.Calls);

    /// <summary>The three sums that a call of this hour, tenant and model belongs to.</summary>
    public CallSums[] Parts(long hour, string tenant, string model) => [Of(_hours, hour), Of(Tenants, tenant), Of(Models, model)];

    private static CallSums Of<TKey>(IDictionary<TKey, CallSums> sums, TKey key) where TKey : notnull => sums.TryGetValue(key, out var known) ? known : sums[key] = new CallSums();
}
