namespace LlmConsole.Core.Metering.Live;

/// <summary>The last seconds of every instance, and their sums. Its owner locks.</summary>
internal sealed class LiveWindow
{
    /// <summary>Five minutes.</summary>
    public const int Seconds = 300;

    /// <summary>An instance that wasn't heard of for so long has no calls under way any more.</summary>
    private const int SilentSeconds = 5;

    private readonly Dictionary<string, Instance> _instances = new(StringComparer.Ordinal);

    /// <summary>Calls under way on the instances that are alive.</summary>
    public int UnderWay(long now) => _instances.Values.Where(instance => now - instance.HeardAt <= SilentSeconds).Sum(instance => instance.UnderWay);

    /// <summary>What this instance has of a second; none when nothing ended in it.</summary>
    public LiveSecond? Of(string instance, long second) => _instances.GetValueOrDefault(instance)?.Seconds.GetValueOrDefault(second);

    /// <summary>All seconds of one instance.</summary>
    public IReadOnlyList<LiveSecond> Of(string instance) => _instances.TryGetValue(instance, out var known) ? [.. known.Seconds.Values] : [];

    /// <summary>An instance said how these seconds are now. Those that the window doesn't reach back to are left out.</summary>
    public void Put(string instance, int underWay, IEnumerable<LiveSecond> seconds, long now)
    {
        if (!_instances.TryGetValue(instance, out var known)) _instances[instance] = known = new Instance();
        (known.UnderWay, known.HeardAt) = (underWay, now);
        foreach (var second in seconds)
        {
            if (second.Second > now - Seconds && second.Second <= now + SilentSeconds) known.Seconds[second.Second] = second;
        }
    }

    /// <summary>The sum of all instances, of one second.</summary>
    public LiveSecond Merged(long second) =>
        LiveSecond.Merge(second, _instances.Values.Select(instance => instance.Seconds.GetValueOrDefault(second)).OfType<LiveSecond>());

    /// <summary>Every second in which something ended, oldest first.</summary>
    public IReadOnlyList<LiveSecond> All() => [.. _instances.Values.SelectMany(instance => instance.Seconds.Keys).Distinct().Order().Select(Merged)];

    /// <summary>Forgets what left the window.</summary>
    public void MoveTo(long now)
    {
        foreach (var (name, instance) in _instances)
        {
            while (instance.Seconds.Count > 0 && instance.Seconds.Keys.First() <= now - Seconds) instance.Seconds.Remove(instance.Seconds.Keys.First());
            if (instance.Seconds.Count == 0 && now - instance.HeardAt > Seconds) _instances.Remove(name);
        }
    }

    private sealed class Instance
    {
        public SortedDictionary<long, LiveSecond> Seconds { get; } = [];
        public int UnderWay { get; set; }
        public long HeardAt { get; set; }
    }
}
