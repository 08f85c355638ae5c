using System.Globalization;
using System.Runtime.InteropServices;
using LlmConsole.Core.Metering.Live;
using LlmConsole.Core.Metering.Sums;
using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Core.Metering;

/// <summary>What calls came to in a stretch of time, for charts: in steps of whole hours from sums that are kept, in shorter steps from the records.</summary>
public sealed class MetricHistory
{
    private readonly IDbContextFactory<LlmConsoleDbContext> _contexts;
    private readonly BookSums _sums;

    internal MetricHistory(IDbContextFactory<LlmConsoleDbContext> contexts, BookSums sums) => (_contexts, _sums) = (contexts, sums);

    /// <summary>The steps in which something arrived, oldest first. Steps begin at whole multiples of their length since 1970, in UTC.</summary>
    public async Task<IReadOnlyList<MetricPoint>> PointsAsync(DateTimeOffset from, DateTimeOffset to, TimeSpan step, CancellationToken cancellation)
    {
        var length = (long)step.TotalMilliseconds;
        var sums = length < BookSums.Hour
            ? (await OfRecordsAsync(from, to, $"CAST(started_at / {length} AS text)", cancellation)).ToDictionary(group => long.Parse(group.Key, CultureInfo.InvariantCulture), group => group.Value)
            : await OfHoursAsync(from, to, length, cancellation);
        return [.. sums.Select(group => new MetricPoint(DateTimeOffset.FromUnixTimeMilliseconds(group.Key * length), group.Value)).OrderBy(point => point.At)];
    }

    /// <summary>The seconds in which calls ended that arrived in the stretch, oldest first: as those count who see calls end.</summary>
    public async Task<IReadOnlyList<MetricPoint>> EndsAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken cancellation)
    {
        var sums = await OfRecordsAsync(from, to, "CAST(CAST(floor((started_at + duration_ms) / 1000.0) AS bigint) AS text)", cancellation);
        return [.. sums.Select(group => new MetricPoint(DateTimeOffset.FromUnixTimeSeconds(long.Parse(group.Key, CultureInfo.InvariantCulture)), group.Value)).OrderBy(point => point.At)];
    }

    /// <summary>The same stretch by tenant (ids) or by model (public names).</summary>
    public async Task<IReadOnlyDictionary<string, CallSums>> GroupsAsync(DateTimeOffset from, DateTimeOffset to, TimeSpan step, UsageDimension by, CancellationToken cancellation)
    {
        var column = by switch
        {
            UsageDimension.Tenant => "tenant_id",
            UsageDimension.Model => $"coalesce(model_served, CASE WHEN error_code IN ({string.Join(", ", UsageRecord.NotUsable.Select(code => $"'{code}'"))}) THEN '' ELSE model_asked END)",
            _ => throw new ArgumentOutOfRangeException(nameof(by)),
        };
        return step.TotalMilliseconds < BookSums.Hour ? await OfRecordsAsync(from, to, column, cancellation) : await OfPartsAsync(from, to, by, cancellation);
    }

    private async Task<Dictionary<long, CallSums>> OfHoursAsync(DateTimeOffset from, DateTimeOffset to, long length, CancellationToken cancellation)
    {
        var steps = new Dictionary<long, CallSums>();
        await _sums.ReadHoursAsync(UsageHour.Of(from), UsageHour.Ceiling(to.ToUnixTimeMilliseconds()), (hour, sums) => sums.AddTo(Of(steps, hour / length)), cancellation);
        return steps;
    }

    private async Task<Dictionary<string, CallSums>> OfPartsAsync(DateTimeOffset from, DateTimeOffset to, UsageDimension by, CancellationToken cancellation)
    {
        var groups = new Dictionary<string, CallSums>();
        await _sums.ReadAsync(UsageHour.Of(from), UsageHour.Ceiling(to.ToUnixTimeMilliseconds()), Take, cancellation);
        return groups;

        void Take(long start, long before, StretchSums piece)
        {
            foreach (var (key, part) in piece.By(by)) part.AddTo(Of(groups, key));
        }
    }

    private static CallSums Of<TKey>(Dictionary<TKey, CallSums> sums, TKey key) where TKey : notnull => CollectionsMarshal.GetValueRefOrAddDefault(sums, key, out _) ??= new CallSums();

    private async Task<Dictionary<string, CallSums>> OfRecordsAsync(DateTimeOffset from, DateTimeOffset to, string key, CancellationToken cancellation)
    {
        await using var db = await _contexts.CreateDbContextAsync(cancellation);
        var (sums, latencies) = Sql(key);
        var (start, end) = (from.ToUnixTimeMilliseconds(), to.ToUnixTimeMilliseconds());
        var groups = (await db.Database.SqlQueryRaw<SumRow>(sums, start, end).ToListAsync(cancellation)).ToDictionary(row => row.Key, row => row.ToSums());
        foreach (var row in await db.Database.SqlQueryRaw<LatencyRow>(latencies, start, end).ToListAsync(cancellation))
        {
            // A record may have been committed between the two.
            if (groups.TryGetValue(row.Key, out var group)) (row.Metric == UsageLatency.ToTheEnd ? group.Duration : group.FirstToken).Add((int)row.Bucket, row.Calls);
        }

        return groups;
    }

    private static (string Sums, string Latencies) Sql(string key) =>
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

    private sealed record SumRow(
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
