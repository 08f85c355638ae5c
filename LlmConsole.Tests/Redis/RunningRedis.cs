using LlmConsole.Core.Redis;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmConsole.Tests.Redis;

/// <summary>A started connection.</summary>
internal sealed class RunningRedis : IAsyncDisposable
{
    private RunningRedis(RedisOptions options) => Connection = new RedisConnection(options, TimeProvider.System, NullLogger<RedisConnection>.Instance);

    public RedisConnection Connection { get; }

    public static async Task<RunningRedis> StartAsync(RedisOptions options, bool untilThere = true)
    {
        var running = new RunningRedis(options);
        await running.Connection.StartAsync(TestContext.Current.CancellationToken);
        if (untilThere) await running.UntilAsync(degraded: false);
        return running;
    }

    /// <summary>Completes when the connection is, or is no longer, degraded. Asks, because only that shows an outage.</summary>
    public async Task UntilAsync(bool degraded)
    {
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (Connection.IsDegraded != degraded)
        {
            await Connection.AskAsync(redis => redis.PingAsync());
            await ticks.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Connection.StopAsync(CancellationToken.None);
        Connection.Dispose();
    }
}
