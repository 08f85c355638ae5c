using LlmConsole.Core.Metering;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Metering;

/// <summary>One writes for all: nobody's record is lost, doubled or left waiting.</summary>
public sealed class JournalTurnsTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("turns-");
    private readonly LedgerQueue _queue = new(most: 100_000, batch: 512, new FakeTimeProvider());

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Write_FromManyThreads_KeepsEachOnce(bool areStaged)
    {
        using var journal = Journals.In(_directory.FullName);
        var turns = new JournalTurns(journal, _queue, () => { }, () => areStaged);
        var threads = Enumerable.Range(0, 8).Select(thread => Task.Run(() => Enumerable.Range(0, 500).Select(i => turns.WriteAsync(BooksDatabase.Record($"req_{thread}_{i}"))).ToList()));

        var writes = (await Task.WhenAll(threads)).SelectMany(written => written).ToList();

        writes.ShouldAllBe(write => write != null);
        await Task.WhenAll(writes!).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        journal.Seal().SelectMany(journal.Read).Select(record => record.RequestId).Order(StringComparer.Ordinal)
            .ShouldBe(Enumerable.Range(0, 8).SelectMany(thread => Enumerable.Range(0, 500).Select(i => $"req_{thread}_{i}")).Order(StringComparer.Ordinal));
        _queue.HasWaiting.ShouldBeFalse();
    }

    [Fact]
    public async Task Write_TheJournalIsFull_LeavesWhatWaitsToTheWriter()
    {
        using var journal = Journals.In(_directory.FullName, maxBytes: 10);
        var turns = new JournalTurns(journal, _queue, () => { }, () => false);
        _queue.TryAdd(BooksDatabase.Record("req_left"), out var left, tellWriter: false);

        turns.WriteAsync(BooksDatabase.Record("req_own")).ShouldBeNull();

        left.Durable.IsCompleted.ShouldBeFalse();
        (await _queue.TakeAsync()).Select(entry => entry.Record.RequestId).ShouldBe(["req_left"]);
    }

    [Fact]
    public async Task Write_CallsGoInStagesAndTheJournalIsFull_TellsTheWriter()
    {
        using var journal = Journals.In(_directory.FullName, maxBytes: 10);
        var turns = new JournalTurns(journal, _queue, () => { }, () => true);
        var next = _queue.TakeAsync().AsTask();

        var write = turns.WriteAsync(BooksDatabase.Record("req_own"));

        (await next.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).Select(entry => entry.Record.RequestId).ShouldBe(["req_own"]);
        write!.IsCompleted.ShouldBeFalse();
    }
}
