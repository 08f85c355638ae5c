using LlmConsole.Core.Metering;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Metering;

public sealed class LedgerQueueTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Take_MoreThanABatch_GivesThemInOrder()
    {
        var queue = new LedgerQueue(most: 10, batch: 2, _time);
        foreach (var id in (string[])["a", "b", "c"]) queue.TryAdd(Record(id), out _).ShouldBeTrue();
        queue.Close();

        (await TakeAsync(queue)).ShouldBe(["a", "b"]);
        (await TakeAsync(queue)).ShouldBe(["c"]);
        (await TakeAsync(queue)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Take_NothingThere_WaitsForTheNext()
    {
        var queue = new LedgerQueue(most: 10, batch: 2, _time);
        var taking = TakeAsync(queue);
        taking.IsCompleted.ShouldBeFalse();

        queue.TryAdd(Record("a"), out _);

        (await taking).ShouldBe(["a"]);
    }

    [Fact]
    public void TryAdd_FullOrClosed_Refuses()
    {
        var queue = new LedgerQueue(most: 1, batch: 2, _time);
        queue.TryAdd(Record("a"), out _).ShouldBeTrue();
        queue.TryAdd(Record("b"), out _).ShouldBeFalse();

        queue.TakeRest().Select(entry => entry.Record.RequestId).ShouldBe(["a"]);
        queue.Close();
        queue.TryAdd(Record("c"), out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Add_Full_ComesBeforeThoseThatComeLater()
    {
        var queue = new LedgerQueue(most: 1, batch: 1, _time);
        queue.TryAdd(Record("a"), out _).ShouldBeTrue();
        var (b, c) = (queue.AddAsync(Record("b")), queue.AddAsync(Record("c")));

        (await TakeAsync(queue)).ShouldBe(["a"]);
        queue.TryAdd(Record("d"), out _).ShouldBeFalse();
        (await b).ShouldNotBeNull().Record.RequestId.ShouldBe("b");
        c.IsCompleted.ShouldBeFalse();

        (await TakeAsync(queue)).ShouldBe(["b"]);
        (await TakeAsync(queue)).ShouldBe(["c"]);
        queue.TryAdd(Record("e"), out _).ShouldBeTrue();
    }

    [Fact]
    public async Task Close_WhileCallsWaitForRoom_TellsThem()
    {
        var queue = new LedgerQueue(most: 1, batch: 1, _time);
        queue.TryAdd(Record("a"), out _);
        var waiting = queue.AddAsync(Record("b"));

        queue.Close();

        (await waiting).ShouldBeNull();
        (await queue.AddAsync(Record("c"))).ShouldBeNull();
        (await TakeAsync(queue)).ShouldBe(["a"]);
    }

    [Fact]
    public async Task Release_ThoseThatWaitTooLong_GoOnAndStayInTheQueue()
    {
        var queue = new LedgerQueue(most: 10, batch: 1, _time);
        queue.TryAdd(Record("taken"), out var taken);
        await queue.TakeAsync();
        queue.TryAdd(Record("old"), out var old);
        _time.Advance(TimeSpan.FromSeconds(4));
        queue.TryAdd(Record("young"), out var young);
        _time.Advance(TimeSpan.FromSeconds(1));

        queue.Release(TimeSpan.FromSeconds(5)).Select(record => record.RequestId).ShouldBe(["taken", "old"]);

        (taken.Durable.IsCompletedSuccessfully, old.Durable.IsCompletedSuccessfully, young.Durable.IsCompleted).ShouldBe((true, true, false));
        queue.Release(TimeSpan.FromSeconds(5)).ShouldBeEmpty();
        queue.Written();
        (await TakeAsync(queue)).ShouldBe(["old"]);
    }

    [Fact]
    public async Task PutBack_ABatch_IsTheWritersBeforeWhatCameLater()
    {
        var queue = new LedgerQueue(most: 10, batch: 1, _time);
        queue.TryAdd(Record("a"), out _, tellWriter: false);
        queue.TryAdd(Record("b"), out _, tellWriter: false);
        queue.TryTake(out _).ShouldBeTrue();
        queue.TryTake(out _).ShouldBeFalse();
        var taking = TakeAsync(queue);
        taking.IsCompleted.ShouldBeFalse();

        queue.PutBack();

        (await taking).ShouldBe(["a"]);
        (await TakeAsync(queue)).ShouldBe(["b"]);
        queue.HasWaiting.ShouldBeFalse();
    }

    [Fact]
    public async Task TellWriter_SomebodyWaits_LetsTheWriterTake()
    {
        var queue = new LedgerQueue(most: 10, batch: 2, _time);
        var taking = TakeAsync(queue);
        queue.TellWriter();
        queue.TryAdd(Record("a"), out _, tellWriter: false);
        taking.IsCompleted.ShouldBeFalse();

        queue.TellWriter();

        (await taking).ShouldBe(["a"]);
    }

    [Fact]
    public async Task Close_WhileAnotherWrites_EndsTheWriterAfterwards()
    {
        var queue = new LedgerQueue(most: 10, batch: 2, _time);
        queue.TryAdd(Record("a"), out _, tellWriter: false);
        queue.TryTake(out _);
        var taking = TakeAsync(queue);
        queue.Close();
        taking.IsCompleted.ShouldBeFalse();

        queue.Written();

        (await taking).ShouldBeEmpty();
    }

    private static async Task<List<string>> TakeAsync(LedgerQueue queue)
    {
        List<string> taken = [.. (await queue.TakeAsync()).Select(entry => entry.Record.RequestId)];
        queue.Written();
        return taken;
    }

    private static UsageRecord Record(string id) => new() { RequestId = id, StartedAt = UsageRecords.Noon, TenantId = "ten", ModelAsked = "m", Outcome = Outcome.Answered, Status = 200 };
}
