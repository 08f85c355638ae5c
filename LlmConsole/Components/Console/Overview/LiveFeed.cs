using System.Collections.Concurrent;
using LlmConsole.Components.Shared.Charts;
using LlmConsole.Core.Metering.Live;

namespace LlmConsole.Components.Console.Overview;

/// <summary>
/// The last five minutes, for all pages that show them: it subscribes first, takes the snapshot second and then what was told meanwhile, so that nothing is missed. What one page
/// has summed is there for the others. Bounded: when no page asks, the oldest is lost.
/// </summary>
internal sealed class LiveFeed : IDisposable
{
    private const int Seconds = 300;
    private const int MaxWaiting = 2_000;

    /// <summary>The second under way isn't shown: it would look like a fall.</summary>
    private const int Delay = 1;

    private readonly Lock _lock = new();
    private readonly LiveMetrics _live;
    private readonly ConcurrentQueue<LiveUpdate> _told = new();
    private readonly SortedDictionary<long, LiveSecond> _seconds = [];
    private OverviewData? _data;

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

    /// <summary>The metrics began within the five minutes: the books know what was before.</summary>
    public bool IsShort => Now - _live.Since <= Seconds + Delay;

    /// <summary>Fills seconds from before the metrics began from the books, and the one in which they began, as far as the books know of more calls in it.</summary>
    public void Fill(IEnumerable<(long Second, CallSums Sums)> earlier)
    {
        lock (_lock)
        {
            foreach (var (second, sums) in earlier.Where(step => step.Second <= _live.Since && step.Sums.Calls > CallsOf(step.Second))) _seconds[second] = new LiveSecond(second) { Total = sums };
            _data = null;
        }
    }

    /// <summary>The five minutes as they are now, known seconds without calls included. It isn't to be changed.</summary>
    public OverviewData Data()
    {
        lock (_lock)
        {
            while (_told.TryDequeue(out var update)) Take(update);
            return _data ??= Sum();
        }
    }

    public void Dispose() => _live.Updated -= Hear;

    private OverviewData Sum()
    {
        var last = Now - Delay;
        var time = new ChartTime(DateTimeOffset.FromUnixTimeSeconds(last - Seconds + 1), TimeSpan.FromSeconds(1), Seconds);
        var steps = Enumerable.Range(0, Seconds).Select(i => _seconds.GetValueOrDefault(last - Seconds + 1 + i)?.Total ?? new CallSums()).ToArray();
        return new OverviewData(time, steps, CallSums.Total(steps[^60..]), TimeSpan.FromMinutes(1), CallSums.Total(steps[^120..^60]), Groups(second => second.Tenants), Groups(second => second.Models));
    }

    private void Hear(LiveUpdate update)
    {
        if (_told.Count >= MaxWaiting) _told.TryDequeue(out _);
        _told.Enqueue(update);
    }

    private void Take(LiveUpdate update)
    {
        if (update.Now > Now || update.Seconds.Count > 0) _data = null;
        (Now, UnderWay) = (Math.Max(Now, update.Now), update.UnderWay);
        foreach (var second in update.Seconds.Where(second => second.Total.Calls >= CallsOf(second.Second))) _seconds[second.Second] = second;
        while (_seconds.Count > 0 && _seconds.Keys.First() < Now - Seconds - Delay) _seconds.Remove(_seconds.Keys.First());
    }

    /// <summary>A second only gains calls. Of the one in which the metrics began they know what ended since, and the books what has come to them: who knows of more is right.</summary>
    private long CallsOf(long second) => _seconds.GetValueOrDefault(second)?.Total.Calls ?? 0;

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

/// <summary>The feed that is there as long as a page shows it.</summary>
internal sealed class LiveFeeds(LiveMetrics live)
{
    private readonly Lock _lock = new();
    private LiveFeed? _feed;
    private int _open;

    /// <summary>The feed, to be closed once.</summary>
    public LiveFeed Open()
    {
        lock (_lock)
        {
            _open++;
            return _feed ??= new LiveFeed(live);
        }
    }

    public void Close()
    {
        lock (_lock)
        {
            if (--_open > 0) return;
            _feed?.Dispose();
            _feed = null;
        }
    }
}
