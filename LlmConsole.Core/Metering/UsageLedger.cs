using System.Data.Common;
using System.Threading.Channels;
using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Core.Metering;

/// <summary>
/// Writes the books. Calls that end at the same time are committed together, so that being durable before the caller sees the end of the
/// answer stays cheap. When the database is away the queue keeps the records and tries again.
/// </summary>
public sealed partial class UsageLedger(IDbContextFactory<LlmConsoleDbContext> contexts, TimeProvider time, ILogger<UsageLedger> log) : BackgroundService
{
    private const int MaxBatch = 256;
    private const int MaxQueued = 200_000;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly UsageWriter _writer = new(contexts);
    private readonly Channel<Entry> _queue = Channel.CreateBounded<Entry>(new BoundedChannelOptions(MaxQueued) { SingleReader = true });

    /// <summary>Raised after records were committed, on the writer's thread: handlers must be short.</summary>
    public event Action<IReadOnlyList<UsageRecord>>? Committed;

    /// <summary>Completes when the record is durable; when the database is away, after a few seconds at the latest, the record waiting in memory.</summary>
    public async Task RecordAsync(UsageRecord record)
    {
        var entry = new Entry(record);
        await _queue.Writer.WriteAsync(entry);
        try
        {
            await entry.Durable.Task.WaitAsync(LongestWait, time);
        }
        catch (TimeoutException)
        {
            WaitingForDatabase(record.RequestId);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = stoppingToken.Register(() => _queue.Writer.TryComplete());
        var batch = new List<Entry>(MaxBatch);
        while (await _queue.Reader.WaitToReadAsync(CancellationToken.None))
        {
            while (batch.Count < MaxBatch && _queue.Reader.TryRead(out var entry)) batch.Add(entry);
            await CommitAsync(batch, stoppingToken);
            batch.Clear();
        }
    }

    private async Task CommitAsync(List<Entry> batch, CancellationToken stopping)
    {
        while (true)
        {
            try
            {
                await _writer.WriteAsync(batch.ConvertAll(entry => entry.Record), CancellationToken.None);
                foreach (var entry in batch) entry.Durable.TrySetResult();
                Committed?.Invoke(batch.ConvertAll(entry => entry.Record));
                return;
            }
            catch (DbException e) when (!stopping.IsCancellationRequested)
            {
                WriteFailed(batch.Count, e);
                await Task.Delay(Pause, time, CancellationToken.None);
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "Writing {Count} usage records failed; they are kept and tried again")]
    private partial void WriteFailed(int count, Exception error);

    [LoggerMessage(LogLevel.Warning, "The usage record of {RequestId} waits for the database; the answer goes out before it is durable")]
    private partial void WaitingForDatabase(string requestId);

    private sealed record Entry(UsageRecord Record)
    {
        public TaskCompletionSource Durable { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
