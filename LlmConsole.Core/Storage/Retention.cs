using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Core.Storage;

/// <summary>Rows that an operator wants to be deleted when they are old.</summary>
/// <param name="Duty">Whose turn it is, by this name.</param>
public sealed record Retention(string Duty, TimeSpan KeptFor, DeleteOld DeleteAsync);

/// <summary>Deletes the oldest rows from before a moment, so many at most; how many there were.</summary>
public delegate Task<int> DeleteOld(LlmConsoleDbContext db, DateTimeOffset before, int most, CancellationToken cancellation);

/// <summary>Deletes what is old, on one instance for all: a few rows at a time, with a pause in which whoever waits to write does.</summary>
internal sealed partial class RetentionWorker(IEnumerable<Retention> retentions, DutyRoster duties, IDbContextFactory<LlmConsoleDbContext> contexts, TimeProvider time, ILogger<RetentionWorker> log) : BackgroundService
{
    internal const int Chunk = 500;

    internal static readonly TimeSpan Period = TimeSpan.FromHours(1);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>One round.</summary>
    internal async Task RunOnceAsync(CancellationToken cancellation)
    {
        foreach (var retention in retentions)
        {
            if (await duties.TakeAsync(retention.Duty, Period, cancellation)) await DeleteAsync(retention, cancellation);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!retentions.Any()) return;
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            do await TryOnceAsync(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process stops. What is left is deleted in a later round.
        }
    }

    private async Task DeleteAsync(Retention retention, CancellationToken cancellation)
    {
        var before = time.GetUtcNow() - retention.KeptFor;
        long deleted = 0;
        for (var more = true; more;)
        {
            await using var db = await contexts.CreateDbContextAsync(cancellation);
            var chunk = await retention.DeleteAsync(db, before, Chunk, cancellation);
            deleted += chunk;
            more = chunk == Chunk;
            if (more) await Task.Delay(Pause, time, cancellation);
        }

        if (deleted > 0) Deleted(retention.Duty, deleted, before);
    }

    private async Task TryOnceAsync(CancellationToken cancellation)
    {
        try
        {
            await RunOnceAsync(cancellation);
        }
        catch (Exception e) when (e is DbException or DbUpdateException or TimeoutException or InvalidOperationException { InnerException: DbException })
        {
            Failed(e);
        }
    }

    [LoggerMessage(LogLevel.Information, "{Duty}: {Deleted} from before {Before} are deleted")]
    private partial void Deleted(string duty, long deleted, DateTimeOffset before);

    [LoggerMessage(LogLevel.Warning, "Deleting what is old failed; it is tried again in the next round")]
    private partial void Failed(Exception error);
}
