using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmConsole.Core.Metering.Live;

/// <summary>
/// How many calls took how long, in buckets that grow by an eighth of a doubling: a percentile is right within 5 %. Histograms add up, so the
/// percentile of a day is that of its calls, never an average of hours. Not thread-safe; what is published isn't changed any more.
/// </summary>
[JsonConverter(typeof(LatencyHistogramJson))]
public sealed class LatencyHistogram
{
    /// <summary>Buckets to a doubling.</summary>
    public const int Resolution = 8;

    /// <summary>More than six hours: whatever takes longer counts as this.</summary>
    public const int LastBucket = 200;

    /// <summary>Buckets grow by so many at a time.</summary>
    private const int Some = 8;

    // From one bucket on.
    private long[] _calls = [];
    private int _first;

    /// <summary>Bucket and calls, from the fastest to the slowest.</summary>
    public IEnumerable<KeyValuePair<int, long>> Buckets => _calls.Select((calls, i) => KeyValuePair.Create(_first + i, calls)).Where(bucket => bucket.Value > 0);

    public long Calls { get; private set; }

    /// <summary>The bucket of a time: 0 below a millisecond, then the eighths of doublings.</summary>
    public static int BucketOf(double milliseconds) => milliseconds < 1 ? 0 : Math.Min(LastBucket, 1 + (int)Math.Floor(Math.Log2(milliseconds) * Resolution));

    /// <summary>The time that stands for a bucket, in milliseconds: its geometric middle.</summary>
    public static double TimeOf(int bucket) => bucket == 0 ? 0.5 : Math.Pow(2, (bucket - 0.5) / Resolution);

    public void Add(double milliseconds) => Add(BucketOf(milliseconds), 1);

    public void Add(int bucket, long calls)
    {
        Cover(bucket, bucket);
        _calls[bucket - _first] += calls;
        Calls += calls;
    }

    public void Add(LatencyHistogram other)
    {
        if (other.Calls == 0) return;
        Cover(other._first, other._first + other._calls.Length - 1);
        var own = _calls.AsSpan(other._first - _first);
        for (var i = 0; i < other._calls.Length; i++) own[i] += other._calls[i];
        Calls += other.Calls;
    }

    /// <summary>The time within which this share of the calls (0.95) was done, in milliseconds; none without calls.</summary>
    public double? Percentile(double share)
    {
        if (Calls == 0) return null;
        var rank = Math.Max(1, (long)Math.Ceiling(share * Calls));
        for (var i = 0; i < _calls.Length; i++)
        {
            rank -= _calls[i];
            if (rank <= 0) return TimeOf(_first + i);
        }

        return null;
    }

    /// <summary>Makes room for the buckets from one to another.</summary>
    private void Cover(int from, int to)
    {
        if (_calls.Length > 0) (from, to) = (Math.Min(from, _first), Math.Max(to, _first + _calls.Length - 1));
        if (_calls.Length > 0 && to - from + 1 == _calls.Length) return;
        from -= from % Some;
        var grown = new long[(to - from + Some) / Some * Some];
        _calls.CopyTo(grown, _calls.Length == 0 ? 0 : _first - from);
        (_calls, _first) = (grown, from);
    }
}

/// <summary>As one array: bucket, calls, bucket, calls, …</summary>
internal sealed class LatencyHistogramJson : JsonConverter<LatencyHistogram>
{
    public override LatencyHistogram Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var histogram = new LatencyHistogram();
        while (reader.Read() && reader.TokenType == JsonTokenType.Number)
        {
            var bucket = reader.GetInt32();
            if (!reader.Read() || bucket is < 0 or > LatencyHistogram.LastBucket || reader.TokenType != JsonTokenType.Number || reader.GetInt64() is var calls && calls < 0) throw new JsonException("A histogram is pairs of bucket and calls.");
            histogram.Add(bucket, calls);
        }

        return histogram;
    }

    public override void Write(Utf8JsonWriter writer, LatencyHistogram value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var (bucket, calls) in value.Buckets)
        {
            writer.WriteNumberValue(bucket);
            writer.WriteNumberValue(calls);
        }

        writer.WriteEndArray();
    }
}
