using System.Collections.Concurrent;
using LlmConsole.Components.Shared.Charts;
using LlmConsole.Core.Metering.Live;

namespace LlmConsole.Components.Console.Overview;

/// <summary>The last five minutes for one page: it subscribes first, takes the snapshot second and then what was told meanwhile, so that nothing is missed. Bounded: a page that doesn't draw loses the oldest.</summary>
internal sealed class LiveFeed : IDisposable
{
    private const int Seconds = 300;
    private const int MaxWaiting = 2_000;

    /// <summary>The second under way isn't shown: it would look like a fall.</summary>
    private const int Delay = 1;

    private readonly LiveMetrics _live;
    private readonly ConcurrentQueue<LiveUpdate> _told = new();
    private readonly SortedDictionary<long, LiveSecond> _seconds = [];

    public LiveFeed(LiveMetrics live)
    {
        _live = live;
        live.Updated += Hear;
        Take(live.Snapshot());
    }

    /// <summary>Calls under way, on all instances.</summary>
    public int UnderWay { get; private set; }

    /// <summary>Unix time of the newest second, in seconds.</summary>
    public long Now { get; private set; }

    /// <summary>Fills seconds from before the metrics began from the books, and the one in which they began, of which they know a part.</summary>
    public void Fill(IEnumerable<(long Second, CallSums Sums)> earlier)
    {
        foreach (var (second, sums) in earlier.Where(step => step.Second <= _live.Since)) _seconds[second] = new LiveSecond(second) { Total = sums };
    }

    /// <summary>The five minutes as they are now, known seconds without calls included.</summary>
    public OverviewData Data()
    {
        while (_told.TryDequeue(out var update)) Take(update);
        var last = Now - Delay;
        var time = new ChartTime(DateTimeOffset.FromUnixTimeSeconds(last - Seconds + 1), TimeSpan.FromSeconds(1), Seconds);
        var steps = Enumerable.Range(0, Seconds).Select(i => _seconds.GetValueOrDefault(last - Seconds + 1 + i)?.Total ?? new CallSums()).ToArray();
        return new OverviewData(time, steps, CallSums.Total(steps[^60..]), TimeSpan.FromMinutes(1), CallSums.Total(steps[^120..^60]), Groups(second => second.Tenants), Groups(second => second.Models));
    }

    public void Dispose() => _live.Updated -= Hear;

    private void Hear(LiveUpdate update)
    {
        if (_told.Count >= MaxWaiting) _told.TryDequeue(out _);
        _told.Enqueue(update);
    }

    private void Take(LiveUpdate update)
    {
        (Now, UnderWay) = (Math.Max(Now, update.Now), update.UnderWay);
        foreach (var second in update.Seconds) _seconds[second.Second] = second;
        while (_seconds.Count > 0 && _seconds.Keys.First() < Now - Seconds - Delay) _seconds.Remove(_seconds.Keys.First());
    }

    private Dictionary<string, CallSums> Groups(Func<LiveSecond, Dictionary<string, CallSums>> of)
    {
        var groups = new Dictionary<string, CallSums>();
        foreach (var (name, sums) in _seconds.Values.SelectMany(of))
        {
            if (!groups.TryGetValue(name, out var total)) groups[name] = total = new CallSums();
            total.Add(sums);
        }

        return groups;
    }
}
