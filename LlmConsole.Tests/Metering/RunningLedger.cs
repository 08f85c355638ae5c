using LlmConsole.Core.Metering;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Serilog;
using Serilog.Extensions.Logging;

namespace LlmConsole.Tests.Metering;

/// <summary>A ledger at work, and the means to wait for what it commits.</summary>
internal sealed class RunningLedger : IAsyncDisposable
{
    private readonly SerilogLoggerFactory _logs;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly List<(string Id, TaskCompletionSource Arrived)> _waiting = [];

    private RunningLedger(BooksDatabase database, LedgerOptions options, TimeProvider time)
    {
        _time = time;
        _logs = new SerilogLoggerFactory(new LoggerConfiguration().WriteTo.Sink(Log).CreateLogger(), dispose: true);
        Ledger = new UsageLedger(database.Contexts, database.Connections, database.Options, options, time, _logs.CreateLogger<UsageLedger>());
        Ledger.Committed += Arrive;
    }

    public UsageLedger Ledger { get; }
    public LogLines Log { get; } = new();

    /// <summary>What the ledger announced as committed, in order.</summary>
    public List<string> Committed { get; } = [];

    /// <summary>Starts one, on the day of the tests' records unless told otherwise.</summary>
    public static async Task<RunningLedger> StartAsync(BooksDatabase database, LedgerOptions? options = null, TimeProvider? time = null)
    {
        var running = new RunningLedger(database, options ?? new LedgerOptions(), time ?? new ShiftedTime(UsageRecords.Noon.AddHours(4)));
        await running.Ledger.StartAsync(TestContext.Current.CancellationToken);
        return running;
    }

    /// <summary>Records them, and waits until a database that is there has them.</summary>
    public async Task RecordAsync(params UsageRecord[] records)
    {
        await Task.WhenAll(records.Select(Ledger.RecordAsync));
        await Ledger.WrittenAsync();
    }

    /// <summary>Completes when the record was committed to the database.</summary>
    public Task CommittedAsync(string id)
    {
        lock (_lock)
        {
            if (Committed.Contains(id)) return Task.CompletedTask;
            var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((id, arrived));
            return arrived.Task.WaitAsync(TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        var stopping = Ledger.StopAsync(CancellationToken.None);

        // It may just wait for its next try.
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (_time is FakeTimeProvider time && !stopping.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await ticks.WaitForNextTickAsync();
        }

        await stopping;
        Ledger.Dispose();
        _logs.Dispose();
    }

    private void Arrive(IReadOnlyList<UsageRecord> records)
    {
        lock (_lock)
        {
            Committed.AddRange(records.Select(record => record.RequestId));
            foreach (var (_, arrived) in _waiting.Where(waiter => Committed.Contains(waiter.Id))) arrived.TrySetResult();
        }
    }
}
