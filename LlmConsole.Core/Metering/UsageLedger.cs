using System.Data.Common;
using System.Threading.Channels;
using LlmConsole.Core.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Core.Metering;

/// <summary>
/// Writes the books. Calls that end at the same time are committed together, so that being durable before the caller sees the end of the
/// answer stays cheap. While the database is away, finished calls go to a journal on the local disk, which is replayed as soon as it is back
/// and when the process starts; the request id keeps each call in the books once.
/// </summary>
public sealed partial class UsageLedger(IDbContextFactory<LlmConsoleDbContext> contexts, StorageOptions storage, LedgerOptions options, TimeProvider time, ILogger<UsageLedger> log) : BackgroundService
{
    private const int MaxBatch = 512;
    private const int MaxQueued = 200_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly Channel<Entry> _queue = Channel.CreateBounded<Entry>(MaxQueued);
    private readonly Channel<bool> _journaled = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly UsageJournal _journal = new(Path.Combine(storage.DataDirectory, "journal"), options.JournalMaxBytes, time, log);
    private readonly UsageWriter _replayer = new(contexts);
    private UsageWriter _writer = new(contexts);
    private volatile bool _isAway;

    /// <summary>Raised once for each record, after it was committed, on the writer's thread: handlers must be short.</summary>
    public event Action<IReadOnlyList<UsageRecord>>? Committed;

    /// <summary>The database doesn't take records at the moment.</summary>
    public bool IsDatabaseAway => _isAway;

    /// <summary>How much waits in the journal, in bytes.</summary>
    public long JournalBytes => _journal.Bytes;

    /// <summary>Completes when the record is durable, in the database or in the journal. When neither can be written, it completes after a few seconds, the record waiting in memory.</summary>
    public async Task RecordAsync(UsageRecord record)
    {
        var entry = new Entry(record);
        try
        {
            await _queue.Writer.WriteAsync(entry);
            await entry.Durable.Task.WaitAsync(LongestWait, time);
        }
        catch (TimeoutException)
        {
            NotDurable(record.RequestId);
        }
        catch (ChannelClosedException)
        {
            // The call ended after the writer stopped.
            KeepForNextStart(record);
        }
    }

    /// <summary>Replays what an earlier process left, before the first call, so that budgets know of it.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(LongestStart);
        await ReplayAsync(limit.Token);
        if (!_journal.IsEmpty) _journaled.Writer.TryWrite(true);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Writes what is under way; what the writer doesn't come to in time goes to the journal.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        await base.StopAsync(cancellationToken);
        while (_queue.Reader.TryRead(out var entry))
        {
            KeepForNextStart(entry.Record);
            entry.Durable.TrySetResult();
        }
    }

    public override void Dispose()
    {
        _journal.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var recovering = RecoverAsync(stoppingToken);
        var batch = new List<Entry>(MaxBatch);
        while (await _queue.Reader.WaitToReadAsync(CancellationToken.None))
        {
            while (batch.Count < MaxBatch && _queue.Reader.TryRead(out var entry)) batch.Add(entry);
            UsageRecord[] records = [.. batch.Select(entry => entry.Record)];
            while (!await KeepAsync(records)) await Task.Delay(Pause, time, CancellationToken.None);
            foreach (var entry in batch) entry.Durable.TrySetResult();
            batch.Clear();
        }

        await recovering;
        await _writer.DisposeAsync();
        await _replayer.DisposeAsync();
    }

    private async Task<bool> KeepAsync(UsageRecord[] records) => _isAway ? Journal(records) || await TryWriteAsync(records) : await TryWriteAsync(records) || Journal(records);

    private bool Journal(UsageRecord[] records)
    {
        if (!_journal.TryAppend(records)) return false;
        _journaled.Writer.TryWrite(true);
        return true;
    }

    private void KeepForNextStart(UsageRecord record)
    {
        if (!_journal.TryAppend([record])) _journal.Reject(record, "the process is stopping and the journal can't be written");
    }

    private async Task<bool> TryWriteAsync(UsageRecord[] records)
    {
        var writer = _writer;
        using var patience = new CancellationTokenSource(Patience, time);
        var writing = Task.Run(() => WriteAsync(writer, records, patience.Token), CancellationToken.None);
        try
        {
            await writing.WaitAsync(patience.Token);
            _isAway = false;
            return true;
        }
        catch (Exception e)
        {
            // SQLite can't be interrupted while it waits for a lock: that writer ends by itself, and should it commit after all, nothing counts twice.
            _ = writing.ContinueWith(_ => writer.DisposeAsync().AsTask(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            _writer = new UsageWriter(contexts);
            if (!_isAway) DatabaseAway(records.Length, e);
            _isAway = true;
            return false;
        }
    }

    /// <summary>Writes what the database takes; what it will never take is set aside, so that it doesn't hold up the rest.</summary>
    private async Task WriteAsync(UsageWriter writer, ReadOnlyMemory<UsageRecord> records, CancellationToken cancellation)
    {
        try
        {
            var added = await writer.WriteAsync(records.ToArray(), cancellation);
            if (added.Count > 0) Committed?.Invoke(added);
        }
        catch (DbException e) when (IsUnacceptable(e))
        {
            if (records.Length == 1)
            {
                _journal.Reject(records.Span[0], e.Message);
                return;
            }

            await WriteAsync(writer, records[..(records.Length / 2)], cancellation);
            await WriteAsync(writer, records[(records.Length / 2)..], cancellation);
        }
    }

    private async Task RecoverAsync(CancellationToken stopping)
    {
        try
        {
            while (await _journaled.Reader.ReadAsync(stopping))
            {
                while (!_journal.IsEmpty)
                {
                    await Task.Delay(Pause, time, stopping);
                    await ReplayAsync(stopping);
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // What is left in the journal is for the next start.
        }
    }

    private async Task ReplayAsync(CancellationToken cancellation)
    {
        try
        {
            foreach (var file in _journal.Seal())
            {
                var count = 0;
                foreach (var records in _journal.Read(file).Chunk(MaxBatch))
                {
                    await Task.Run(() => WriteAsync(_replayer, records, cancellation), cancellation);
                    count += records.Length;
                }

                _journal.Delete(file);
                Replayed(count, file);
                _isAway = false;
            }
        }
        catch (Exception e)
        {
            StillAway(e);
        }
    }

    /// <summary>The database is there and says no to the content: a constraint, a value out of range.</summary>
    private static bool IsUnacceptable(DbException error) =>
        error is SqliteException { SqliteErrorCode: SqliteConstraint or SqliteTooBig or SqliteMismatch } || error.SqlState is ['2', '2' or '3', ..];

    private const int SqliteTooBig = 18;
    private const int SqliteConstraint = 19;
    private const int SqliteMismatch = 20;

    [LoggerMessage(LogLevel.Error, "The database didn't take {Count} usage records; finished calls go to the journal until it is back")]
    private partial void DatabaseAway(int count, Exception error);

    [LoggerMessage(LogLevel.Debug, "The journal couldn't be replayed yet")]
    private partial void StillAway(Exception error);

    [LoggerMessage(LogLevel.Warning, "{Count} usage records of the journal {File} are in the books now")]
    private partial void Replayed(int count, string file);

    [LoggerMessage(LogLevel.Error, "The usage record of {RequestId} waits in memory, for neither database nor journal can be written; the answer goes out before it is durable")]
    private partial void NotDurable(string requestId);

    private sealed record Entry(UsageRecord Record)
    {
        public TaskCompletionSource Durable { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
