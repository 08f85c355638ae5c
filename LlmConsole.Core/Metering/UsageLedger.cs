using LlmConsole.Core.Storage;
using LlmConsole.Core.Telemetry;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Core.Metering;

/// <summary>
/// Keeps the books: each call that ended is durable before its caller sees the end of the answer, and in the database once. On SQLite a call is kept by a line
/// in a journal on the local disk, from where records go to the database many at a time. On PostgreSQL calls that end at the same time are
/// committed together, and the journal takes them only while the database is away. What is left in the journal is taken over when the process
/// starts; the request id keeps each call in the books once.
/// </summary>
public sealed partial class UsageLedger : BackgroundService
{
    private const int MaxBatch = 512;
    private const int MaxQueued = 200_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    // Every call waits for a turn of SQLite's, PostgreSQL's is for what an outage left: there a slow write is better than none.
    private static readonly TimeSpan SqliteReplayPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan PostgresReplayPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Sweep = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly LedgerQueue _queue;
    private readonly UsageJournal _journal;
    private readonly BooksHealth _health;
    private readonly BooksWriter _writer;
    private readonly BooksWriter _replayer;
    private readonly JournalReplay _replay;
    private readonly JournalTurns _turns;
    private readonly bool _journalIsFirst;
    private ITimer? _sweeper;
    private int _underWay;

    public UsageLedger(IDbContextFactory<LlmConsoleDbContext> contexts, DatabaseConnections connections, StorageOptions storage, LedgerOptions options, TimeProvider time, ILogger<UsageLedger> log)
    {
        (_time, _log, _journalIsFirst) = (time, log, !storage.IsPostgres);
        _queue = new LedgerQueue(MaxQueued, MaxBatch, time);
        _journal = new UsageJournal(Path.Combine(storage.DataDirectory, "journal"), options.JournalMaxBytes, isFlushed: storage.IsPostgres, time, log);
        _health = new BooksHealth(time, log);
        _writer = new BooksWriter(contexts, connections, time, Patience, _journal.Reject);
        _replayer = new BooksWriter(contexts, connections, time, storage.IsPostgres ? PostgresReplayPatience : SqliteReplayPatience, _journal.Reject);
        _writer.Committed += records => Committed?.Invoke(records);
        _replayer.Committed += records => Committed?.Invoke(records);
        _replay = new JournalReplay(_journal, _replayer, _health, time, log);
        _replay.CaughtUp += tenants => CaughtUp?.Invoke(tenants);
        _turns = new JournalTurns(_journal, _queue, _replay.Tell, static () => Stages.AreQueued);
    }

    /// <summary>Raised once for each record, after it was committed, on the writer's thread: handlers must be short.</summary>
    public event Action<IReadOnlyList<UsageRecord>>? Committed;

    /// <summary>Raised for each record as it arrives, on the thread of its call: handlers must be no more than a step.</summary>
    public event Action<UsageRecord>? Recorded;

    /// <summary>The calls of these tenants came into the books late, from the journal.</summary>
    public event Action<IReadOnlyCollection<string>>? CaughtUp;

    /// <summary>Calls that have begun and not ended.</summary>
    public int UnderWay => Volatile.Read(ref _underWay);

    /// <summary>Whether the database takes records at the moment.</summary>
    public StoreStatus Status => _health.Status;
    public bool IsDatabaseAway => _health.IsAway;

    /// <summary>How much waits in the journal, in bytes.</summary>
    public long JournalBytes => _journal.Bytes;

    /// <summary>A call begins; it is under way until the result is disposed.</summary>
    public OpenCall Begin()
    {
        Interlocked.Increment(ref _underWay);
        return new OpenCall(this);
    }

    /// <summary>
    /// Finished calls that wait in the journal, that are being taken over from it, or that neither journal nor database took: the database may or may not have them. Those of a scope,
    /// that arrived then or later.
    /// </summary>
    public IReadOnlyList<JournaledCall> Waiting(SpendScope scope, DateTimeOffset from)
    {
        // First the queue: what leaves it goes to the journal.
        var released = _queue.Released(scope.TenantId);
        var journaled = _journal.Waiting(scope, from);
        return released.Count == 0 ? journaled : [.. journaled.Concat(released.Select(JournaledCall.Of).Where(call => call.StartedAt >= from && call.IsOf(scope))).DistinctBy(call => call.RequestId)];
    }

    /// <summary>Completes when the record is durable, in the journal or in the database. When neither can be written, it completes after a few seconds, the record waiting in memory.</summary>
    public Task RecordAsync(UsageRecord record)
    {
        Recorded?.Invoke(record);
        return _journalIsFirst ? _turns.WriteAsync(record) ?? QueueAsync(record) : QueueAsync(record);
    }

    /// <summary>Completes when the database has every record that is durable now. Doesn't wait for a database that is away.</summary>
    public Task WrittenAsync() => _replay.WrittenAsync();

    /// <summary>Takes over what an earlier process left, before the first call, so that budgets know of it.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        StoreMetrics.ObserveDegraded(Source.Meter, StoreMetrics.Database, () => IsDatabaseAway);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(LongestStart);
        await _replay.BeginAsync(limit.Token);
        _sweeper = _time.CreateTimer(_ => Release(), null, Sweep, Sweep);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Writes what is under way; what the writer doesn't come to in time goes to the journal.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Close();
        await base.StopAsync(cancellationToken);
        foreach (var entry in _queue.TakeRest())
        {
            KeepForNextStart(entry.Record);
            entry.TryComplete();
        }

        _replay.Release();
    }

    public override void Dispose()
    {
        _sweeper?.Dispose();
        _replay.Dispose();
        _journal.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var replaying = _replay.RunAsync(stoppingToken);
        while (await _queue.TakeAsync() is { Count: > 0 } batch)
        {
            UsageRecord[] records = [.. batch.Select(entry => entry.Record)];
            while (!await KeepAsync(records)) await Task.Delay(Pause, _time, CancellationToken.None);
            foreach (var entry in batch) entry.TryComplete();
            _queue.Written();
        }

        await replaying;
        await _replay.EndAsync();
        await _writer.DisposeAsync();
        await _replayer.DisposeAsync();
    }

    private Task QueueAsync(UsageRecord record) => _queue.TryAdd(record, out var entry) ? entry.Durable : RecordLaterAsync(record);

    /// <summary>The queue is full, or the call ended after the writer stopped.</summary>
    private async Task RecordLaterAsync(UsageRecord record)
    {
        if (await _queue.AddAsync(record) is { } entry) await entry.Durable;
        else KeepForNextStart(record);
    }

    private void Release()
    {
        foreach (var record in _queue.Release(LongestWait)) NotDurable(record.RequestId);
    }

    private async Task<bool> KeepAsync(UsageRecord[] records) =>
        _journalIsFirst || IsDatabaseAway ? Journal(records) || await TryWriteAsync(records) : await TryWriteAsync(records) || Journal(records);

    private bool Journal(UsageRecord[] records)
    {
        if (!_journal.TryAppend(records)) return false;
        _replay.Tell();
        return true;
    }

    private void KeepForNextStart(UsageRecord record)
    {
        if (!_journal.TryAppend([record])) _journal.Reject(record, "the process is stopping and the journal can't be written");
    }

    private async Task<bool> TryWriteAsync(UsageRecord[] records)
    {
        var failure = await _writer.TryWriteAsync(records);
        if (failure is null) _health.Took();
        else _health.Refused(records.Length, failure);
        return failure is null;
    }

    [LoggerMessage(LogLevel.Error, "The usage record of {RequestId} waits in memory, for neither database nor journal can be written; the answer goes out before it is durable")]
    private partial void NotDurable(string requestId);

    /// <summary>A call that is under way.</summary>
    public readonly struct OpenCall(UsageLedger ledger) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref ledger._underWay);
    }
}
