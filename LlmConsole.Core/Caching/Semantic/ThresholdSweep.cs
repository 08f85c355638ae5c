namespace LlmConsole.Core.Caching.Semantic;

/// <summary>What thresholds would do with pairs of messages that are known: computed in memory, nothing is asked or served.</summary>
public sealed class ThresholdSweep(IReadOnlyList<SweepPair> pairs)
{
    /// <summary>The least threshold that a policy may have, in hundredths.</summary>
    private const int LowestHundredths = 50;
    private const int HighestHundredths = 100;
    private const double BorderWidth = 0.05;

    private IReadOnlyList<SweepPoint>? _points;

    public IReadOnlyList<SweepPair> Pairs => pairs;

    /// <summary>What this threshold would do.</summary>
    public SweepPoint At(double threshold)
    {
        var hits = pairs.Where(pair => pair.IsHit(threshold)).ToList();
        return new SweepPoint(
            threshold, pairs.Count, hits.Count, new Usd(hits.Sum(pair => pair.Cost.Nanos)), hits.Count(pair => pair.IsRight == true), hits.Count(pair => pair.IsRight == false));
    }

    /// <summary>Every threshold that a policy may have, in steps of a hundredth, the lowest first.</summary>
    public IReadOnlyList<SweepPoint> Points() => _points ??= [.. Enumerable.Range(LowestHundredths, HighestHundredths - LowestHundredths + 1).Select(hundredths => At(hundredths / 100.0))];

    /// <summary>
    /// The lowest threshold that is wrong seldom enough: the lower end of the precision's interval must reach what is wanted, not its middle. None when no
    /// threshold does; a few labels never suffice.
    /// </summary>
    /// <param name="precision">The wanted share of right answers among hits, 0 to 1.</param>
    public SweepPoint? LowestFor(double precision) => Points().FirstOrDefault(point => point.Interval is { } interval && interval.Low >= precision);

    /// <summary>How many pairs lie within 0.05 of the threshold: those that a small change would decide otherwise.</summary>
    public int Near(double threshold) => pairs.Count(pair => pair.Veto is null && Math.Round(Math.Abs(pair.Similarity - threshold), 6) <= BorderWidth);

    /// <summary>The pairs nearest to the threshold on both sides, nearest first. What a guard holds back is no matter of the threshold.</summary>
    public IReadOnlyList<SweepPair> Border(double threshold, int most) =>
        [.. pairs.Where(pair => pair.Veto is null).OrderBy(pair => Math.Abs(pair.Similarity - threshold)).ThenBy(pair => pair.Id, StringComparer.Ordinal).Take(most)];
}

/// <summary>A message and the nearest one that has an answer.</summary>
public sealed record SweepPair
{
    public required string Id { get; init; }
    public required string Prompt { get; init; }
    public required string NearPrompt { get; init; }

    /// <summary>Cosine of the two messages.</summary>
    public required double Similarity { get; init; }

    /// <summary>The guard that holds the answer back at any threshold.</summary>
    public string? Veto { get; init; }

    /// <summary>The answer that was given; none where only the messages are known.</summary>
    public string? Answer { get; init; }

    /// <summary>The answer that the cache would have given.</summary>
    public string? NearAnswer { get; init; }

    /// <summary>What a hit saves.</summary>
    public Usd Cost { get; init; }

    /// <summary>What a human said of the near answer; none while nobody did.</summary>
    public bool? IsRight { get; init; }

    public static SweepPair Of(CachePair pair) => new()
    {
        Id = pair.Id, Prompt = pair.Prompt, NearPrompt = pair.NearPrompt, Similarity = pair.Similarity, Veto = pair.Veto, Answer = pair.Answer, NearAnswer = pair.NearAnswer, Cost = pair.Cost, IsRight = pair.IsRight,
    };

    public bool IsHit(double threshold) => Veto is null && Similarity >= threshold;
}

/// <summary>What one threshold would do.</summary>
/// <param name="Pairs">All pairs.</param>
/// <param name="Hits">Those that the cache would have answered.</param>
/// <param name="Saved">What these hits would have saved.</param>
/// <param name="Right">Hits that a human found right.</param>
/// <param name="Wrong">Hits that a human found wrong.</param>
public sealed record SweepPoint(double Threshold, int Pairs, int Hits, Usd Saved, int Right, int Wrong)
{
    /// <summary>Hits among all pairs, 0 to 1.</summary>
    public double HitRate => Pairs == 0 ? 0 : (double)Hits / Pairs;

    /// <summary>Right ones among the labelled hits, 0 to 1; none without labels.</summary>
    public double? Precision => Right + Wrong == 0 ? null : (double)Right / (Right + Wrong);

    /// <summary>Where the precision lies with 95 % confidence.</summary>
    public WilsonInterval? Interval => WilsonInterval.Of(Right, Right + Wrong);
}
