using System.Collections.Concurrent;
using LlmConsole.Core.Redis;
using Microsoft.Extensions.Hosting;

namespace LlmConsole.Core.Metering.Live;

/// <summary>
/// The last five minutes, second by second, of all instances. A call that ends costs its road one write to a bounded queue; a timer sums the queue
/// up four times a second and tells the other instances. Whoever shows it subscribes first, takes the snapshot second, and then applies what comes.
/// </summary>
public sealed class LiveMetrics(UsageLedger ledger, RedisConnection redis, TimeProvider time) : IHostedService, IDisposable
{
    private const string Channel = "live";
    private const int MaxQueued = 50_000;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(250);

    private readonly string _instance = Ids.NewRandom("live");
    private readonly ConcurrentQueue<UsageRecord> _ended = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly LiveWindow _window = new();
    private HashSet<long> _heard = [];
    private long _lastTold;
    private ITimer? _timer;
    private bool _mustTellAll;
    private volatile bool _isDisposed;

    /// <summary>Raised at most four times a second, and at least once, on a thread of the pool: handlers must be short.</summary>
    public event Action<LiveUpdate>? Updated;

    /// <summary>Unix time, in seconds, from which on nothing was missed here.</summary>
    public long Since { get; private set; } = long.MaxValue;

    /// <summary>Everything that is known of the last five minutes.</summary>
    public LiveUpdate Snapshot()
    {
        var now = Now();
        lock (_lock) return new LiveUpdate(now, _window.UnderWay(now), _window.All());
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        Since = Now();
        ledger.Recorded += Enqueue;
        _timer = time.CreateTimer(_ => Tick(), null, Pace, Pace);
        if (redis.IsConfigured) _ = ListenAsync(_stopping.Token);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        ledger.Recorded -= Enqueue;
        _timer?.Dispose();

        // A host that is stopped and disposed of by two at once may come here late.
        return _isDisposed ? Task.CompletedTask : _stopping.CancelAsync();
    }

    public void Dispose()
    {
        _isDisposed = true;
        _timer?.Dispose();
        _stopping.Dispose();
    }

    /// <summary>Sums up what ended since the last time, and tells.</summary>
    internal void Tick()
    {
        var now = Now();
        LiveUpdate update;
        LiveMessage message;
        lock (_lock)
        {
            var own = Fold(now);
            _window.Put(_instance, ledger.UnderWay, own.Values, now);
            _window.MoveTo(now);
            var changed = own.Keys.Union(_heard).Order().Select(_window.Merged).ToList();
            _heard = [];
            update = new LiveUpdate(now, _window.UnderWay(now), changed);
            message = new LiveMessage(_instance, IsNew: false, ledger.UnderWay, _mustTellAll ? _window.Of(_instance) : [.. own.Values]);
            if (changed.Count == 0 && now == _lastTold && !_mustTellAll) return;
            (_lastTold, _mustTellAll) = (now, false);
        }

        Updated?.Invoke(update);
        if (redis.IsConfigured) _ = redis.PublishAsync(Channel, message.Write()).AsTask();
    }

    /// <summary>What another instance said.</summary>
    internal void Hear(ReadOnlySpan<byte> json)
    {
        if (LiveMessage.Read(json) is not { } message || message.Instance == _instance) return;
        lock (_lock)
        {
            _mustTellAll |= message.IsNew;
            _window.Put(message.Instance, message.UnderWay, message.Seconds, Now());
            foreach (var second in message.Seconds) _heard.Add(second.Second);
        }
    }

    /// <summary>On the road of every call: no lock, no wait. When nobody empties the queue in time, the oldest is dropped.</summary>
    private void Enqueue(UsageRecord record)
    {
        if (_ended.Count >= MaxQueued) _ended.TryDequeue(out _);
        _ended.Enqueue(record);
    }

    private Dictionary<long, LiveSecond> Fold(long now)
    {
        var fresh = new Dictionary<long, LiveSecond>();
        while (_ended.TryDequeue(out var record))
        {
            var second = Math.Min(now, record.StartedAt.AddMilliseconds(record.DurationMs).ToUnixTimeSeconds());
            if (!fresh.TryGetValue(second, out var sums)) fresh[second] = sums = _window.Of(_instance, second) is { } before ? LiveSecond.Merge(second, [before]) : new LiveSecond(second);
            sums.Add(record);
        }

        return fresh;
    }

    private async Task ListenAsync(CancellationToken stopping)
    {
        try
        {
            await redis.SubscribeAsync(Channel, heard => Hear(((ReadOnlyMemory<byte>)heard).Span), stopping);
            await redis.PublishAsync(Channel, new LiveMessage(_instance, IsNew: true, ledger.UnderWay, []).Write());
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The process stops before Redis was there.
        }
    }

    private long Now() => time.GetUtcNow().ToUnixTimeSeconds();
}
