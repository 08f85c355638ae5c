using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Core.Alerts;

/// <summary>Looks every few seconds whether what the rules watch for is so. One instance does it at a time: the one that holds the lease in the database.</summary>
internal sealed partial class AlertWatch(
    DatabaseConnections connections, ConfigurationStore store, AlertBook book, IEnumerable<IConditions> conditions, TimeProvider time, ILogger<AlertWatch> log) : BackgroundService
{
    public static readonly TimeSpan Beat = TimeSpan.FromSeconds(5);

    /// <summary>Renewed at every beat; a lease that is older belonged to a process that is gone.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(20);

    /// <summary>In beats.</summary>
    private const int CleanEvery = 12;

    private readonly string _holder = Ids.NewRandom("watch");
    private readonly Dictionary<string, DateTimeOffset> _looked = new(StringComparer.Ordinal);
    private int _beats;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Beat, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await TryAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process stops; another instance takes over once the lease lapses.
        }
    }

    /// <summary>Takes or keeps the lease. False while another instance has it.</summary>
    internal async Task<bool> HoldAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var (lapsed, until) = (now.ToUnixTimeMilliseconds(), (now + Lease).ToUnixTimeMilliseconds());
        return await connections.ExecuteAsync($"UPDATE alert_lease SET holder = {_holder}, until = {until} WHERE holder = {_holder} OR until <= {lapsed}", cancellation) == 1;
    }

    /// <summary>Looks once, if it is this instance's turn.</summary>
    internal async Task LookAsync(CancellationToken cancellation)
    {
        if (!await HoldAsync(cancellation)) return;
        var (snapshot, now) = (store.Current, time.GetUtcNow());
        var active = snapshot.AlertRules.Values.Where(rule => rule.Enabled).ToList();
        if (_beats++ % CleanEvery == 0) await book.CleanAsync([.. active.Select(rule => rule.Id)], cancellation);
        foreach (var rule in active)
        {
            var source = conditions.First(source => source.Kinds.Contains(rule.Kind));
            if (_looked.TryGetValue(rule.Id, out var last) && now - last < source.Every) continue;
            _looked[rule.Id] = now;
            await book.ApplyAsync(rule, await source.FindAsync(rule, snapshot, cancellation), cancellation);
        }
    }

    private async Task TryAsync(CancellationToken stopping)
    {
        try
        {
            await LookAsync(stopping);
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            Failed(e);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Looking for alerts failed; it is tried again")]
    private partial void Failed(Exception error);
}
