using LlmConsole.Core.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace LlmConsole.Core.Redis;

/// <summary>
/// The one connection to Redis. It is made in the background and never holds up the start. Each operation is given a bound; the first that
/// fails or isn't answered in time opens a breaker, and from then on nobody waits until a probe was answered. So whoever asks must have
/// another way, and never sees an exception for it.
/// </summary>
public sealed partial class RedisConnection(RedisOptions options, TimeProvider time, ILogger<RedisConnection> log) : BackgroundService
{
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ProbeLife = TimeSpan.FromMinutes(1);

    private readonly RedisBreaker _breaker = new(time);
    private readonly TaskCompletionSource _tried = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ConnectionMultiplexer? _redis;

    /// <summary>False: there is one instance, and what would be shared is in its memory.</summary>
    public bool IsConfigured => options.ConnectionString is not null;

    /// <summary>Redis is configured and doesn't answer at the moment.</summary>
    public bool IsDegraded => IsConfigured && _breaker.IsOpen;

    /// <summary>Keys may lie on different servers: then one message can only touch those of the same slot.</summary>
    public bool IsCluster { get; private set; }

    /// <summary>Degraded since when, and why; none where no Redis is configured.</summary>
    public StoreStatus? Status => IsConfigured ? _breaker.Status : null;

    /// <summary>Rises with every outage, the time before the first connection included. What was learnt before it may be out of date.</summary>
    public long Outages => _breaker.Outages;

    /// <summary>A key of this installation. Braces make a hash tag: keys with the same one lie together in a cluster.</summary>
    public RedisKey Key(string name) => options.KeyPrefix + name;

    /// <summary>Asks Redis, within the bound. Not answered: nothing, or an answer that was too late; the operation may have happened all the same.</summary>
    public async ValueTask<RedisAnswer<T>> AskAsync<T>(Func<IDatabase, Task<T>> operation)
    {
        if (_breaker.IsOpen || _redis is not { } redis) return default;
        try
        {
            return new RedisAnswer<T>(await operation(redis.GetDatabase()).WaitAsync(options.Timeout, time));
        }
        catch (Exception e) when (e is RedisException or RedisCommandException or TimeoutException or ObjectDisposedException)
        {
            Failed(e);
            return default;
        }
    }

    /// <summary>Hears a channel of this installation from now on, over every reconnection. Messages that are sent while Redis is away are lost. Completes when Redis knows of it, which may take as long as it is away.</summary>
    public async Task SubscribeAsync(string channel, Action<RedisValue> heard, CancellationToken cancellation)
    {
        while (IsConfigured && !await TrySubscribeAsync(channel, heard, cancellation)) await Task.Delay(_breaker.Pause, time, cancellation);
    }

    /// <summary>Tells every subscriber. Unanswered when Redis is away.</summary>
    public ValueTask<RedisAnswer<long>> PublishAsync(string channel, RedisValue message) => AskAsync(redis => redis.PublishAsync(Channel(channel), message));

    /// <summary>Begins to connect; an answer that comes within a second is waited for, so that the first calls find Redis there.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!IsConfigured) return;
        StoreMetrics.ObserveDegraded(Source.Meter, StoreMetrics.Redis, () => IsDegraded);
        await base.StartAsync(cancellationToken);
        await Task.WhenAny(_tried.Task, Task.Delay(LongestStart, time, cancellationToken));
    }

    public override void Dispose()
    {
        _redis?.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await ConnectAsync(stoppingToken);
            while (true)
            {
                await _breaker.OpenedAsync(stoppingToken);
                await Task.Delay(_breaker.Pause, time, stoppingToken);
                await ProbeAsync();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process stops.
        }
    }

    private async Task<bool> TrySubscribeAsync(string channel, Action<RedisValue> heard, CancellationToken cancellation)
    {
        await _tried.Task.WaitAsync(cancellation);

        // Not while it is away: the package would keep what it could not subscribe, and every try would add to it.
        if (_breaker.IsOpen || _redis is not { } redis) return false;
        try
        {
            (await redis.GetSubscriber().SubscribeAsync(Channel(channel))).OnMessage(message => heard(message.Message));
            return true;
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            Failed(e);
            return false;
        }
    }

    private async Task ConnectAsync(CancellationToken stopping)
    {
        while (_redis is null)
        {
            try
            {
                _redis = await ConnectionMultiplexer.ConnectAsync(options.Configuration());
                await ProbeAsync();
            }
            catch (RedisException e)
            {
                NotConnected(e.Message);
                await Task.Delay(_breaker.Pause, time, stopping);
            }
            finally
            {
                _tried.TrySetResult();
            }
        }
    }

    /// <summary>Writes, because a Redis that only reads is of no use here.</summary>
    private async Task ProbeAsync()
    {
        try
        {
            await _redis!.GetDatabase().StringSetAsync(Key("probe"), 1, ProbeLife).WaitAsync(options.Timeout, time);
            IsCluster = Array.Exists(_redis.GetServers(), static server => server.ServerType == ServerType.Cluster);
            if (_breaker.Close()) Answers();
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            NotConnected(e.Message);
        }
    }

    private void Failed(Exception error)
    {
        if (_breaker.Fail(Reason(error))) Away(error);
    }

    private static string Reason(Exception error) => error switch
    {
        TimeoutException => "it answers too slowly",
        RedisServerException server => $"it answers {server.Message.Split(' ')[0]}",
        _ => "it can't be reached",
    };

    private RedisChannel Channel(string name) => RedisChannel.Literal(options.KeyPrefix + name);

    [LoggerMessage(LogLevel.Warning, "Redis doesn't answer; what it shares between instances is kept by each for itself until it does")]
    private partial void Away(Exception error);

    [LoggerMessage(LogLevel.Information, "Redis answers")]
    private partial void Answers();

    [LoggerMessage(LogLevel.Debug, "Redis still doesn't answer: {Reason}")]
    private partial void NotConnected(string reason);
}

/// <summary>What Redis answered, if it did.</summary>
public readonly struct RedisAnswer<T>(T value)
{
    /// <summary>False: Redis is away, or was too slow.</summary>
    public bool HasValue { get; } = true;

    /// <summary>Only with <see cref="HasValue"/>.</summary>
    public T Value { get; } = value;
}
