namespace LlmConsole.Core.Metering;

/// <summary>
/// How many calls of one hour (UTC), tenant and model took how long: one row a bucket of the histogram, so that writers only ever add, and the
/// percentile of any stretch of time is that of its calls. Written in the transaction that writes the records.
/// </summary>
public sealed class UsageLatency
{
    /// <summary>The start of the hour, in Unix milliseconds.</summary>
    public required long Hour { get; init; }
    public required string TenantId { get; init; }

    /// <summary>See <see cref="UsageRecord.ModelSummed"/>.</summary>
    public required string Model { get; init; }

    /// <summary>What took so long: one of <see cref="ToTheEnd"/> and <see cref="ToTheFirstToken"/>.</summary>
    public required int Metric { get; init; }

    /// <summary>See <see cref="Live.LatencyHistogram.BucketOf"/>.</summary>
    public required int Bucket { get; init; }
    public long Calls { get; set; }

    /// <summary>From arrival to the end, of calls that weren't refused.</summary>
    public const int ToTheEnd = 0;
    public const int ToTheFirstToken = 1;
}
