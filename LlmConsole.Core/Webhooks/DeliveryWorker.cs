using System.Collections.Concurrent;
using LlmConsole.Core.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Core.Webhooks;

/// <summary>Delivers what is due, in this process: a few to each endpoint at once, so that one that stalls keeps no other waiting.</summary>
internal sealed partial class DeliveryWorker(DeliveryClaims claims, DeliveryRun run, DeliveryUpkeep upkeep, ConfigurationStore store, WebhookBell bell, TimeProvider time, ILogger<DeliveryWorker> log) : BackgroundService
{
    private const int Most = 32;
    private const int MostOfEndpoint = 4;

    /// <summary>Also the time until what another instance queued is seen here.</summary>
    internal static readonly TimeSpan Beat = TimeSpan.FromSeconds(2);

    /// <summary>In beats.</summary>
    private const int CleanEvery = 300;

    private readonly ConcurrentDictionary<string, (string EndpointId, Task Running)> _running = new(StringComparer.Ordinal);
    private int _beats;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await BeatAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // Whatever it is, it is tried again at the next beat.
                Failed(e);
            }
            catch (OperationCanceledException)
            {
                break;
            }

            await WaitAsync(stoppingToken);
        }

        await Task.WhenAll(_running.Values.Select(entry => entry.Running));
    }

    private async Task BeatAsync(CancellationToken stopping)
    {
        if (_beats++ % CleanEvery == 0) await upkeep.CleanAsync(stopping);
        while (_running.Count < Most && Free() is { Length: > 0 } free && await claims.ClaimAsync(free, stopping) is { } claim) Start(claim, stopping);
    }

    /// <summary>The endpoints that may get one more.</summary>
    private string[] Free()
    {
        var busy = _running.Values.GroupBy(entry => entry.EndpointId).Where(endpoint => endpoint.Count() >= MostOfEndpoint).Select(endpoint => endpoint.Key).ToHashSet(StringComparer.Ordinal);
        return [.. store.Current.Webhooks.Values.Where(endpoint => endpoint.IsEnabled && !busy.Contains(endpoint.Id)).Select(endpoint => endpoint.Id)];
    }

    private void Start(Delivery claim, CancellationToken stopping)
    {
        var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _running[claim.Id] = (claim.EndpointId, RunAsync(claim, begin.Task, stopping));
        begin.SetResult();
    }

    private async Task RunAsync(Delivery claim, Task begin, CancellationToken stopping)
    {
        await begin;
        try
        {
            if (store.Current.Webhooks.GetValueOrDefault(claim.EndpointId) is { } endpoint) await run.AttemptAsync(claim, endpoint, stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The process stops; another attempt is made after the start.
        }
        catch (Exception e)
        {
            // Its claim lapses, and it is attempted again.
            Broke(claim.Id, e);
        }
        finally
        {
            _running.TryRemove(claim.Id, out _);
            bell.Ring();
        }
    }

    private async Task WaitAsync(CancellationToken stopping)
    {
        using var beat = new CancellationTokenSource(Beat, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(beat.Token, stopping);
        try
        {
            await bell.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // Time for the next beat, or to stop.
        }
    }

    [LoggerMessage(LogLevel.Warning, "Looking for webhooks to deliver failed; it is tried again")]
    private partial void Failed(Exception error);

    [LoggerMessage(LogLevel.Error, "Webhook {DeliveryId} broke off; it is attempted again")]
    private partial void Broke(string deliveryId, Exception error);
}
