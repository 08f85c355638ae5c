using LlmConsole.Core.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Core.Idempotency;

/// <summary>Renews the claims of this instance's running calls; one instance for all deletes keys whose time is over.</summary>
internal sealed partial class IdempotencyUpkeep(IdempotencyStore store, DutyRoster duties, TimeProvider time, ILogger<IdempotencyUpkeep> log) : BackgroundService
{
    /// <summary>Small enough to hold the write lock of SQLite only for a moment.</summary>
    private const int Chunk = 500;

    internal static readonly TimeSpan Period = IdempotencyStore.Lease / 4;

    /// <summary>One round.</summary>
    internal async Task RunOnceAsync(CancellationToken cancellation)
    {
        await store.RenewAsync(cancellation);
        if (!await duties.TakeAsync("forget idempotency keys", Period, cancellation)) return;
        while (await store.SweepAsync(Chunk, cancellation) == Chunk) await store.RenewAsync(cancellation);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await TryOnceAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process stops. Calls that still run end, or their claims lapse.
        }
    }

    private async Task TryOnceAsync(CancellationToken cancellation)
    {
        try
        {
            await RunOnceAsync(cancellation);
        }
        catch (Exception e) when (IdempotencyStore.IsOfDatabase(e))
        {
            Failed(e);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Renewing or deleting idempotency keys failed; it is tried again")]
    private partial void Failed(Exception error);
}
