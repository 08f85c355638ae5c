using LlmConsole.Core.Metering;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmConsole.Tests.Metering;

/// <summary>One thing that goes wrong doesn't keep the rest of the journal from the books.</summary>
public sealed class JournalReplayTests : IAsyncLifetime
{
    private readonly BooksHealth _health = new(TimeProvider.System, NullLogger.Instance);
    private BooksDatabase _database = null!;
    private BooksWriter _writer = null!;
    private UsageJournal _journal = null!;
    private JournalReplay _replay = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await BooksDatabase.CreateAsync();
        _journal = Journals.In(Path.Combine(_database.Options.DataDirectory, "journal"));
        _writer = new BooksWriter(_database.Contexts, _database.Connections, new ShiftedTime(UsageRecords.Noon), TimeSpan.FromSeconds(30), _journal.Reject);
        _replay = new JournalReplay(_journal, _writer, _health, TimeProvider.System, NullLogger.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        _replay.Dispose();
        _journal.Dispose();
        await _writer.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Run_AListenerFails_GoesOn()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _replay.CaughtUp += _ =>
        {
            told.TrySetResult();
            throw new InvalidOperationException("A fault of the listener's.");
        };
        await _replay.BeginAsync(Cancellation);
        var running = _replay.RunAsync(stop.Token);
        _health.Refused(1, new TimeoutException());
        Append("req_during");
        _replay.Tell();
        await told.Task.WaitAsync(Cancellation);

        Append("req_after");
        await Task.WhenAny(running, _replay.WrittenAsync());

        running.IsCompleted.ShouldBeFalse();
        (await IdsAsync()).ShouldBe(["req_during", "req_after"]);
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Begin_AFileCannotBeRead_TakesOverTheOthersAndItLater()
    {
        Append("req_a");
        var held = _journal.Seal().Single();
        Append("req_b");
        _journal.Seal();
        _journal.Shrink();
        await using (new FileStream(held, FileMode.Open, FileAccess.ReadWrite, FileShare.None)) await _replay.BeginAsync(Cancellation);

        (await IdsAsync()).ShouldBe(["req_b"]);
        await _replay.EndAsync();
        (await IdsAsync()).ShouldBe(["req_b", "req_a"]);
        _journal.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task Write_BlocksItsThread_TakesNoneOfThePool()
    {
        var isPooled = new List<bool>();
        _writer.Committed += _ => isPooled.Add(Thread.CurrentThread.IsThreadPoolThread);
        Append("req_a");

        await _replay.BeginAsync(Cancellation);
        Append("req_b");
        await _replay.EndAsync();

        isPooled.ShouldBe([false, false]);
    }

    private void Append(string id) => _journal.TryAppend([BooksDatabase.Record(id)]).ShouldBeTrue();

    private async Task<IEnumerable<string>> IdsAsync() => (await _database.RecordsAsync()).Select(record => record.RequestId);
}
