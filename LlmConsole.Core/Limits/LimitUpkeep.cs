using Microsoft.Extensions.Hosting;

namespace LlmConsole.Core.Limits;

/// <summary>Tells Redis that this instance lives, hears how many do, and renews the leases of its calls.</summary>
public sealed class LimitUpkeep(RedisLimits limits, Limiter limiter, TimeProvider time) : BackgroundService
{
    private const string Members = "instances";
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Missed = TimeSpan.FromSeconds(16);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!limits.IsConfigured) return;
        await BeatAsync();
        await base.StartAsync(cancellationToken);
    }

    /// <summary>The others need not wait until this instance is missed.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (limits.IsConfigured) await limits.Redis.AskAsync(redis => redis.SortedSetRemoveAsync(limits.Redis.Key(Members), limits.Instance));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var beats = new PeriodicTimer(Beat, time);
        try
        {
            while (await beats.WaitForNextTickAsync(stoppingToken))
            {
                await BeatAsync();
                await limits.RenewAsync(limiter.Second);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process stops.
        }
    }

    /// <summary>By the instances' own clocks, which need only agree to a few seconds.</summary>
    private async Task BeatAsync()
    {
        var key = limits.Redis.Key(Members);
        var now = time.GetUtcNow();
        var count = await limits.Redis.AskAsync(async redis =>
        {
            await redis.SortedSetAddAsync(key, limits.Instance, now.ToUnixTimeMilliseconds());
            await redis.SortedSetRemoveRangeByScoreAsync(key, double.NegativeInfinity, (now - Missed).ToUnixTimeMilliseconds());
            return await redis.SortedSetLengthAsync(key);
        });
        if (count.HasValue) limits.Instances = Math.Max(1, (int)count.Value);
    }
}
