using System.Globalization;
using System.Text.RegularExpressions;

namespace LlmConsole.Tests.Support;

/// <summary>What Prometheus scrapes, judged by the rules that <c>promtool check metrics</c> goes by and a few that keep a store of series small.</summary>
internal sealed partial class PrometheusText
{
    private static readonly string[] NoBaseUnits = ["ms", "milliseconds", "microseconds", "nanoseconds", "minutes", "hours", "days", "kb", "mb", "kilobytes", "megabytes", "bits", "percent", "cents"];
    private static readonly string[] Suffixes = ["_bucket", "_sum", "_count"];

    private readonly Dictionary<string, string> _types = [];
    private readonly Dictionary<string, string> _helps = [];
    private readonly List<MetricSample> _samples = [];
    private readonly List<string> _broken = [];

    public PrometheusText(string text)
    {
        foreach (var line in text.Split('\n').Where(line => line.Length > 0)) Read(line);
        var families = new List<string>();
        foreach (var family in _samples.Select(Family))
        {
            if (families.LastOrDefault() == family) continue;
            if (families.Contains(family)) _broken.Add($"{family}: its samples lie apart");
            families.Add(family);
        }

        foreach (var family in families) CheckFamily(family);
        foreach (var twin in _samples.GroupBy(sample => sample.Series).Where(group => group.Count() > 1)) _broken.Add($"{twin.Key}: twice");
        foreach (var histogram in _samples.Where(sample => sample.Name.EndsWith("_bucket", StringComparison.Ordinal)).GroupBy(sample => sample.SeriesWithout("le"))) CheckHistogram(histogram.Key, [.. histogram]);
    }

    public IReadOnlyList<MetricSample> Samples => _samples;

    /// <summary>What is against the rules, in words.</summary>
    public IReadOnlyList<string> Broken => _broken;

    private static bool IsOurs(string name) => name.StartsWith("llmconsole_", StringComparison.Ordinal) || name.StartsWith("gen_ai_", StringComparison.Ordinal);

    private void Read(string line)
    {
        if (Comment().Match(line) is { Success: true } comment)
        {
            var (kind, name) = (comment.Groups[1].Value == "TYPE" ? _types : _helps, comment.Groups[2].Value);
            if (!kind.TryAdd(name, comment.Groups[3].Value)) _broken.Add($"{name}: {comment.Groups[1].Value} twice");
            if (_samples.Any(sample => sample.Name == name)) _broken.Add($"{name}: {comment.Groups[1].Value} after its samples");
        }
        else if (Sample().Match(line) is { Success: true } sample && double.TryParse(sample.Groups[3].Value.Replace("Inf", "Infinity", StringComparison.Ordinal), CultureInfo.InvariantCulture, out var value))
        {
            var labels = Label().Matches(sample.Groups[2].Value).Select(label => KeyValuePair.Create(label.Groups[1].Value, label.Groups[2].Value)).ToList();
            if (labels.DistinctBy(label => label.Key).Count() < labels.Count) _broken.Add($"{line}: a label twice");
            _samples.Add(new MetricSample(sample.Groups[1].Value, [.. labels.OrderBy(label => label.Key, StringComparer.Ordinal)], value));
        }
        else if (line != "# EOF")
        {
            _broken.Add($"{line}: not a line of the format");
        }
    }

    private string Family(MetricSample sample)
    {
        var suffix = Array.Find(Suffixes, suffix => sample.Name.EndsWith(suffix, StringComparison.Ordinal));
        return suffix is not null && _types.GetValueOrDefault(sample.Name[..^suffix.Length]) == "histogram" ? sample.Name[..^suffix.Length] : sample.Name;
    }

    private void CheckFamily(string family)
    {
        if (!_types.TryGetValue(family, out var type)) _broken.Add($"{family}: no TYPE");
        if (_helps.GetValueOrDefault(family) is not { Length: > 0 }) _broken.Add($"{family}: no HELP");

        // How the framework names its own isn't ours to say.
        if (!IsOurs(family)) return;
        if (family.EndsWith("_total", StringComparison.Ordinal) != (type == "counter")) _broken.Add($"{family}: _total is for counters, and for each of them");
        if (type != "histogram" && Suffixes.Any(suffix => family.EndsWith(suffix, StringComparison.Ordinal))) _broken.Add($"{family}: such an ending is a histogram's");
        foreach (var word in family.Split('_').Intersect(NoBaseUnits)) _broken.Add($"{family}: {word} is no base unit");
    }

    private void CheckHistogram(string series, List<MetricSample> buckets)
    {
        var bounds = buckets.ConvertAll(bucket => double.Parse(bucket.Labels.Single(label => label.Key == "le").Value.Replace("Inf", "Infinity", StringComparison.Ordinal), CultureInfo.InvariantCulture));
        if (bounds[^1] != double.PositiveInfinity) _broken.Add($"{series}: no bucket for all");
        if (!bounds.Zip(bounds.Skip(1)).All(pair => pair.First < pair.Second)) _broken.Add($"{series}: bounds out of order");
        if (!buckets.Zip(buckets.Skip(1)).All(pair => pair.First.Value <= pair.Second.Value)) _broken.Add($"{series}: buckets aren't cumulative");
        var count = _samples.Find(sample => sample.Series == series.Replace("_bucket{", "_count{", StringComparison.Ordinal));
        if (count?.Value != buckets[^1].Value) _broken.Add($"{series}: count and buckets differ");
        if (!_samples.Exists(sample => sample.Series == series.Replace("_bucket{", "_sum{", StringComparison.Ordinal))) _broken.Add($"{series}: no sum");
    }

    [GeneratedRegex("^# (TYPE|HELP) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$")]
    private static partial Regex Comment();

    [GeneratedRegex("""^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\["\\n])*",?)*)\})? (\S+)(?: \d+)?$""")]
    private static partial Regex Sample();

    [GeneratedRegex("""([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\["\\n])*)""")]
    private static partial Regex Label();
}

/// <summary>One sample, its labels in the order of their names.</summary>
internal sealed record MetricSample(string Name, IReadOnlyList<KeyValuePair<string, string>> Labels, double Value)
{
    public string Series => SeriesWithout("");

    public string SeriesWithout(string label) => $"{Name}{{{string.Join(',', Labels.Where(pair => pair.Key != label).Select(pair => $"{pair.Key}=\"{pair.Value}\""))}}}";
}
