using System.Globalization;
using LlmConsole.Core.Metering.Live;
using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Metering;

/// <summary>What calls came to in a stretch of time, for charts: in steps of whole hours from the roll-ups, in shorter steps from the records.</summary>
public sealed class MetricHistory(IDbContextFactory<LlmConsoleDbContext> contexts)
{
    private const long Hour = 3_600_000;

    /// <summary>From so many whole days on they are taken from memory.</summary>
    private const int FewestDays = 2;

    private readonly WholeDays _wholeDays = new(contexts);

    /// <summary>The steps in which something arrived, oldest first. Steps begin at whole multiples of their length since 1970, in UTC.</summary>
    public async Task<IReadOnlyList<MetricPoint>> PointsAsync(DateTimeOffset from, DateTimeOffset to, TimeSpan step, CancellationToken cancellation)
    {
        var length = (long)step.TotalMilliseconds;
        var sums = await MergedAsync(
            from, to, length, instant => $"CAST({instant} / {length} AS text)", day => day.Hours.Select(hour => KeyValuePair.Create((hour.Key / length).ToString(CultureInfo.InvariantCulture), hour.Value)), cancellation);
        return [.. sums.Select(group => new MetricPoint(Start(group.Key), group.Value)).OrderBy(point => point.At)];

        DateTimeOffset Start(string slot) => DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(slot, CultureInfo.InvariantCulture) * length);
    }

    /// <summary>The same stretch by tenant (ids) or by model (public names).</summary>
    public async Task<IReadOnlyDictionary<string, CallSums>> GroupsAsync(DateTimeOffset from, DateTimeOffset to, TimeSpan step, UsageDimension by, CancellationToken cancellation)
    {
        var length = (long)step.TotalMilliseconds;
        var ofRecords = length < Hour;
        var label = by switch
        {
            UsageDimension.Tenant => "tenant_id",
            UsageDimension.Model => ofRecords ? "coalesce(model_served, model_asked)" : "model",
            _ => throw new ArgumentOutOfRangeException(nameof(by)),
        };
        return await MergedAsync(from, to, length, _ => label, day => by == UsageDimension.Tenant ? day.Tenants : day.Models, cancellation);
    }

    /// <summary>The sums by a key: of whole days from memory, of what lies before and after them from the database.</summary>
    private async Task<Dictionary<string, CallSums>> MergedAsync(
        DateTimeOffset from, DateTimeOffset to, long length, Func<string, string> key, Func<DaySums, IEnumerable<KeyValuePair<string, CallSums>>> ofDay, CancellationToken cancellation)
    {
        var first = (UsageHour.Of(from) + WholeDays.Length - 1) / WholeDays.Length;
        var end = to.ToUnixTimeMilliseconds() / WholeDays.Length;
        if (length < Hour || end - first < FewestDays || await _wholeDays.OfAsync(first, end, cancellation) is not { } days) return await SumAsync(from, to, length, key, cancellation);

        var (begin, rest) = (DateTimeOffset.FromUnixTimeMilliseconds(first * WholeDays.Length), DateTimeOffset.FromUnixTimeMilliseconds(end * WholeDays.Length));
        var groups = new Dictionary<string, CallSums>();
        if (UsageHour.Of(from) < first * WholeDays.Length) Merge(await SumAsync(from, begin, length, key, cancellation));
        foreach (var day in days) Merge(ofDay(day));
        if (rest < to) Merge(await SumAsync(rest, to, length, key, cancellation));
        return groups;

        void Merge(IEnumerable<KeyValuePair<string, CallSums>> parts)
        {
            foreach (var (name, sums) in parts)
            {
                if (!groups.TryGetValue(name, out var group)) groups[name] = group = new CallSums();
                group.Add(sums);
            }
        }
    }

    private async Task<Dictionary<string, CallSums>> SumAsync(DateTimeOffset from, DateTimeOffset to, long length, Func<string, string> key, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var (sums, latencies) = length < Hour ? OfRecords(key("started_at")) : OfRollups(key("hour"));
        var (start, end) = length < Hour ? (from.ToUnixTimeMilliseconds(), to.ToUnixTimeMilliseconds()) : (UsageHour.Of(from), to.ToUnixTimeMilliseconds());
        var groups = (await db.Database.SqlQueryRaw<SumRow>(sums, start, end).ToListAsync(cancellation)).ToDictionary(row => row.Key, row => row.ToSums());
        foreach (var row in await db.Database.SqlQueryRaw<LatencyRow>(latencies, start, end).ToListAsync(cancellation))
        {
            // A record may have been committed between the two.
            if (groups.TryGetValue(row.Key, out var group)) (row.Metric == UsageLatency.ToTheEnd ? group.Duration : group.FirstToken).Add((int)row.Bucket, row.Calls);
        }

        return groups;
    }

    internal static (string Sums, string Latencies) OfRollups(string key) =>
    (
        $$"""
        SELECT {{key}} AS "Key", CAST(sum(calls) AS bigint) AS "Calls", CAST(sum(failed + incomplete) AS bigint) AS "Errors", CAST(sum(refused) AS bigint) AS "Refused",
               CAST(sum(input_tokens + cached_input_tokens + cache_write_tokens) AS bigint) AS "InputTokens", CAST(sum(output_tokens) AS bigint) AS "OutputTokens",
               CAST(sum(cost_nanos) AS bigint) AS "CostNanos", CAST(sum(saved_cost_nanos) AS bigint) AS "SavedCostNanos",
               CAST(sum(saved_tokens) AS bigint) AS "SavedTokens", CAST(sum(embedding_cost_nanos) AS bigint) AS "EmbeddingCostNanos", CAST(sum(cache_lookups) AS bigint) AS "CacheLookups",
               CAST(sum(cache_hits) AS bigint) AS "CacheHits"
        FROM usage_rollups WHERE hour >= {0} AND hour < {1} GROUP BY {{key}}
        """,
        $$"""
        SELECT {{key}} AS "Key", CAST(metric AS bigint) AS "Metric", CAST(bucket AS bigint) AS "Bucket", CAST(sum(calls) AS bigint) AS "Calls"
        FROM usage_latency WHERE hour >= {0} AND hour < {1} GROUP BY {{key}}, metric, bucket
        """
    );

    private static (string Sums, string Latencies) OfRecords(string key) =>
    (
        $$"""
        SELECT {{key}} AS "Key", CAST(count(*) AS bigint) AS "Calls", CAST(sum(CASE WHEN outcome IN ('Failed', 'Incomplete') THEN 1 ELSE 0 END) AS bigint) AS "Errors",
               CAST(sum(CASE WHEN outcome = 'Refused' THEN 1 ELSE 0 END) AS bigint) AS "Refused",
               CAST(sum(input_tokens + cached_input_tokens + cache_write_tokens) AS bigint) AS "InputTokens", CAST(sum(output_tokens) AS bigint) AS "OutputTokens",
               CAST(sum(cost) AS bigint) AS "CostNanos", CAST(sum(saved_cost) AS bigint) AS "SavedCostNanos",
               CAST(sum(saved_tokens) AS bigint) AS "SavedTokens", CAST(sum(embedding_cost) AS bigint) AS "EmbeddingCostNanos",
               CAST(sum(CASE WHEN cache <> 'Bypass' THEN 1 ELSE 0 END) AS bigint) AS "CacheLookups", CAST(sum(CASE WHEN cache IN ('Exact', 'Semantic') THEN 1 ELSE 0 END) AS bigint) AS "CacheHits"
        FROM usage_records WHERE started_at >= {0} AND started_at < {1} GROUP BY {{key}}
        """,
        $$"""
        SELECT "Key", "Metric", "Bucket", CAST(count(*) AS bigint) AS "Calls" FROM (
            SELECT {{key}} AS "Key", CAST({{UsageLatency.ToTheEnd}} AS bigint) AS "Metric", {{Bucket("duration_ms")}} AS "Bucket" FROM usage_records WHERE started_at >= {0} AND started_at < {1} AND outcome <> 'Refused'
            UNION ALL
            SELECT {{key}}, CAST({{UsageLatency.ToTheFirstToken}} AS bigint), {{Bucket("first_token_ms")}} FROM usage_records WHERE started_at >= {0} AND started_at < {1} AND first_token_ms IS NOT NULL
        ) AS latencies GROUP BY "Key", "Metric", "Bucket"
        """
    );

    /// <summary><see cref="LatencyHistogram.BucketOf"/> in SQL.</summary>
    private static string Bucket(string milliseconds) => string.Create(CultureInfo.InvariantCulture, $"""
        CAST(CASE WHEN {milliseconds} < 1 THEN 0 WHEN {milliseconds} >= {LatencyHistogram.TimeOf(LatencyHistogram.LastBucket)} THEN {LatencyHistogram.LastBucket} ELSE 1 + floor(ln({milliseconds}) * {LatencyHistogram.Resolution / Math.Log(2)}) END AS bigint)
        """);

    internal sealed record SumRow(
        string Key, long Calls, long Errors, long Refused, long InputTokens, long OutputTokens, long CostNanos, long SavedCostNanos, long SavedTokens, long EmbeddingCostNanos, long CacheLookups, long CacheHits)
    {
        public CallSums ToSums() => new()
        {
            Calls = Calls, Errors = Errors, Refused = Refused, InputTokens = InputTokens, OutputTokens = OutputTokens, CostNanos = CostNanos, SavedCostNanos = SavedCostNanos,
            SavedTokens = SavedTokens, EmbeddingCostNanos = EmbeddingCostNanos, CacheLookups = CacheLookups, CacheHits = CacheHits,
        };
    }

    private sealed record LatencyRow(string Key, long Metric, long Bucket, long Calls);
}

/// <summary>The calls of one step of a chart.</summary>
/// <param name="At">When the step begins.</param>
public sealed record MetricPoint(DateTimeOffset At, CallSums Sums);
