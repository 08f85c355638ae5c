using System.Data.Common;
using System.Threading.Channels;
using LlmConsole.Core.Storage;
using LlmConsole.Core.Telemetry;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Core.Bodies;

/// <summary>
/// Writes down what was asked and answered, beside the road: a call never waits for it. What waits is bounded; beyond, bodies are left out and counted. And deletes
/// what is older than its tenant's policy said when it was written.
/// </summary>
public sealed partial class BodyKeeper(IDbContextFactory<LlmConsoleDbContext> contexts, DatabaseConnections connections, TimeProvider time, ILogger<BodyKeeper> log) : BackgroundService
{
    /// <summary>The most bytes that wait.</summary>
    internal const long MostPending = 64 * 1024 * 1024;

    private const int Batch = 50;

    /// <summary>Small enough to hold the write lock of SQLite only for a moment.</summary>
    private const int Chunk = 200;

    internal static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(10);

    private readonly Channel<PendingBody> _pending = Channel.CreateUnbounded<PendingBody>(new UnboundedChannelOptions { SingleReader = true });
    private long _size;

    /// <summary>Takes a body; false when too much waits already.</summary>
    internal bool Keep(PendingBody body)
    {
        if (Interlocked.Add(ref _size, body.Size) <= MostPending && _pending.Writer.TryWrite(body)) return true;
        Interlocked.Add(ref _size, -body.Size);
        BodyMetrics.Dropped("overload");
        return false;
    }

    /// <summary>Deletes what is over; the number of bodies.</summary>
    internal async Task<int> SweepAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var (all, deleted) = (0, 0);
        do
        {
            deleted = await connections.ExecuteAsync($"DELETE FROM kept_bodies WHERE request_id IN (SELECT request_id FROM kept_bodies WHERE expires_at <= {now} ORDER BY expires_at LIMIT {Chunk})", cancellation);
            all += deleted;
        }
        while (deleted == Chunk);

        return all;
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        // What waits is still written.
        _pending.Writer.TryComplete();
        await base.StopAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(WriteAllAsync(), SweepAllAsync(stoppingToken));

    private async Task WriteAllAsync()
    {
        var batch = new List<PendingBody>(Batch);
        while (await _pending.Reader.WaitToReadAsync())
        {
            while (batch.Count < Batch && _pending.Reader.TryRead(out var body)) batch.Add(body);
            await TryAsync(() => WriteAsync(batch));
            Interlocked.Add(ref _size, -batch.Sum(body => body.Size));
            batch.Clear();
        }
    }

    private async Task SweepAllAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(SweepEvery, time);
        try
        {
            do await TryAsync(() => SweepAsync(stopping));
            while (await timer.WaitForNextTickAsync(stopping));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The process stops; what is over is deleted when it starts again.
        }
    }

    private async Task WriteAsync(IReadOnlyCollection<PendingBody> batch)
    {
        var now = time.GetUtcNow();
        var bodies = batch.Select(body => TryPack(body, now)).OfType<KeptBody>().ToList();
        var ids = bodies.ConvertAll(body => body.RequestId);
        await using var db = await contexts.CreateDbContextAsync();

        // A job's item that is asked again after a kill keeps its request id, and its first body.
        var known = await db.Set<KeptBody>().Where(body => ids.Contains(body.RequestId)).Select(body => body.RequestId).ToListAsync();
        db.AddRange(bodies.DistinctBy(body => body.RequestId).Where(body => !known.Contains(body.RequestId)));
        await db.SaveChangesAsync();
    }

    /// <summary>None where one can't be read or masked: it must not keep the others from being written, now or later.</summary>
    private KeptBody? TryPack(PendingBody body, DateTimeOffset now)
    {
        try
        {
            return Packing.Pack(body, now);
        }
        catch (Exception e)
        {
            BodyMetrics.Dropped("unreadable");
            Unreadable(body.RequestId, e);
            return null;
        }
    }

    private async Task TryAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception e) when (e is DbException or { InnerException: DbException } or DbUpdateException)
        {
            BodyMetrics.Dropped("database");
            Failed(e);
        }
    }

    [LoggerMessage(LogLevel.Warning, "What {RequestId} asked and was answered isn't kept: it can't be read or masked")]
    private partial void Unreadable(string requestId, Exception error);

    [LoggerMessage(LogLevel.Warning, "Writing or deleting kept requests and answers failed")]
    private partial void Failed(Exception error);
}
