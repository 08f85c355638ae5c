using System.Runtime.InteropServices;
using LlmConsole.Core.Metering.Live;

namespace LlmConsole.Core.Metering;

/// <summary>Counts how long records took, by hour, tenant and model, and the statement that adds the counts to those that the database holds.</summary>
internal static class UsageLatencyUpsert
{
    /// <param name="rows">What gives the rows, for columns of these types.</param>
    public static string Sql(Func<IEnumerable<string>, string> rows) =>
        $"""
        INSERT INTO usage_latency (hour, tenant_id, model, metric, bucket, calls)
        {rows(["bigint", "text", "text", "integer", "integer", "bigint"])}
        ON CONFLICT (hour, tenant_id, model, metric, bucket) DO UPDATE SET calls = usage_latency.calls + excluded.calls
        """;

    /// <summary>The counts over these records, in one order for all writers, as <see cref="UsageRollupUpsert.Sum"/> says.</summary>
    public static IReadOnlyList<Row> Count(IReadOnlyCollection<UsageRecord> records)
    {
        var calls = new Dictionary<Row, long>();
        foreach (var record in records)
        {
            var row = new Row(UsageHour.Of(record.StartedAt), record.TenantId, UsageText.Of(record.ModelSummed), UsageLatency.ToTheEnd, LatencyHistogram.BucketOf(record.DurationMs), 0);
            if (record.Outcome != Outcome.Refused) Add(row);
            if (record.FirstTokenMs is { } first) Add(row with { Metric = UsageLatency.ToTheFirstToken, Bucket = LatencyHistogram.BucketOf(first) });
        }

        return [.. calls.Select(row => row.Key with { Calls = row.Value }).Order()];

        void Add(in Row row) => CollectionsMarshal.GetValueRefOrAddDefault(calls, row, out _)++;
    }

    public static void Write(IRowValues to, Row row)
    {
        to.Add(row.Hour);
        to.Add(row.TenantId);
        to.Add(row.Model);
        to.Add(row.Metric);
        to.Add(row.Bucket);
        to.Add(row.Calls);
    }

    public readonly record struct Row(long Hour, string TenantId, string Model, int Metric, int Bucket, long Calls) : IComparable<Row>
    {
        public int CompareTo(Row other)
        {
            var order = Hour.CompareTo(other.Hour);
            if (order == 0) order = string.CompareOrdinal(TenantId, other.TenantId);
            if (order == 0) order = string.CompareOrdinal(Model, other.Model);
            if (order == 0) order = Metric.CompareTo(other.Metric);
            return order == 0 ? Bucket.CompareTo(other.Bucket) : order;
        }
    }
}
