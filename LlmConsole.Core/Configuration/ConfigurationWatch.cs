using System.Data.Common;
using System.Globalization;
using LlmConsole.Core.Redis;
using LlmConsole.Core.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Core.Configuration;

/// <summary>
/// Brings what other instances edited into this one's snapshot: at once when they announce it over Redis, and within <see cref="Interval"/> when
/// that is cut or there is none, by looking at the revision.
/// </summary>
public sealed partial class ConfigurationWatch(
    ConfigurationStore store, DatabaseConnections connections, RedisConnection redis, ILogger<ConfigurationWatch> log) : BackgroundService
{
    /// <summary>How often the revision is looked at.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private const string Channel = "configuration";

    private readonly SemaphoreSlim _announced = new(0, 1);

    public override void Dispose()
    {
        _announced.Dispose();
        base.Dispose();
    }

    /// <summary>SQLite is for one instance: nobody else edits.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!connections.IsPostgres) return;
        try
        {
            store.Changed += Announce;
            _ = redis.SubscribeAsync(Channel, Heard, stoppingToken);
            while (true)
            {
                await _announced.WaitAsync(Interval, stoppingToken);
                await LookAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process stops.
        }
        finally
        {
            store.Changed -= Announce;
        }
    }

    private async Task LookAsync(CancellationToken stopping)
    {
        try
        {
            if (await connections.ValueAsync($"SELECT value FROM configuration_revision", stopping) is long revision && revision == store.Current.Revision) return;
            var before = store.Current.Revision;
            await store.ReloadAsync(stopping);
            if (store.Current.Revision < before) WentBack(before, store.Current.Revision);
        }
        catch (Exception e) when (e is DbException or InvalidOperationException or TimeoutException)
        {
            NotRead(e.Message);
        }
    }

    private void Announce(ConfigurationSnapshot snapshot) => _ = redis.PublishAsync(Channel, snapshot.Revision.ToString(CultureInfo.InvariantCulture)).AsTask();

    private void Heard(StackExchange.Redis.RedisValue revision)
    {
        if ((long)revision <= store.Current.Revision) return;
        try
        {
            _announced.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is about to look anyway.
        }
    }

    [LoggerMessage(LogLevel.Warning, "The configuration went back from revision {Before} to {Now}: the database was replaced by an older one, whose configuration holds now")]
    private partial void WentBack(long before, long now);

    [LoggerMessage(LogLevel.Warning, "The configuration's revision can't be read; the last one that was read holds: {Reason}")]
    private partial void NotRead(string reason);
}
