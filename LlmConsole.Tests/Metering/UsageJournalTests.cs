using System.Diagnostics.Metrics;
using System.Text;
using FsCheck.Fluent;
using LlmConsole.Core.Metering;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Extensions.Logging;

namespace LlmConsole.Tests.Metering;

public sealed class UsageJournalTests : IDisposable
{
    private readonly string _directory = Path.Combine(Directory.CreateTempSubdirectory("llmconsole-").FullName, "journal");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_directory)!, recursive: true);

    [Fact]
    public void Read_AnyRecords_AreTheOnesAppended()
    {
        using var journal = Journals.In(_directory);
        var batches = UsageRecords.Batches.Some(10, 5).ToList();
        foreach (var batch in batches.SelectMany(batches => batches)) journal.TryAppend(batch).ShouldBeTrue();

        var files = journal.Seal();
        var fromMemory = files.SelectMany(journal.Read).ToList();
        journal.Shrink();

        fromMemory.ShouldBe(batches.SelectMany(batches => batches).SelectMany(batch => batch));
        files.SelectMany(journal.Read).Select(UsageRecords.AsKept).ShouldBe(batches.SelectMany(batches => batches).SelectMany(batch => batch).Select(UsageRecords.AsKept));
    }

    [Fact]
    public void Read_CutAtAnyByte_GivesTheWholeEntriesBeforeTheCut()
    {
        var records = Enumerable.Range(0, 4).Select(i => BooksDatabase.Record($"req_{i}")).ToArray();
        byte[] whole;
        using (var journal = Journals.In(_directory))
        {
            journal.TryAppend(records).ShouldBeTrue();
            whole = File.ReadAllBytes(journal.Seal().Single());
        }

        var torn = Path.Combine(_directory, "usage-torn.jsonl");
        using var reader = Journals.In(_directory);
        Prop.ForAll(Gen.Choose(0, whole.Length).ToArbitrary(), length =>
        {
            File.WriteAllBytes(torn, whole[..length]);
            reader.Read(torn).ShouldBe(records.Take(whole.Take(length).Count(value => value == '\n')));
        }).Holds();
        Directory.EnumerateFiles(_directory, "rejected*").ShouldBeEmpty();
    }

    [Fact]
    public void Read_DamagedAnywhere_GivesNothingThatWasNotAppended()
    {
        var records = Enumerable.Range(0, 3).Select(i => BooksDatabase.Record($"req_{i}")).ToArray();
        using var journal = Journals.In(_directory);
        journal.TryAppend(records).ShouldBeTrue();
        var whole = File.ReadAllText(journal.Seal().Single());
        var damagedFile = Path.Combine(_directory, "usage-damaged.jsonl");

        Prop.ForAll(Mutations.Of(whole), damaged =>
        {
            File.WriteAllBytes(damagedFile, damaged);
            var lines = Encoding.UTF8.GetString(damaged).Split('\n')[..^1];

            var read = journal.Read(damagedFile).ToList();

            read.ShouldBe(lines.Select(line => records.FirstOrDefault(record => whole.Split('\n').Contains(line) && line.Contains(record.RequestId, StringComparison.Ordinal))).OfType<UsageRecord>());
        }).Holds(400);
    }

    [Fact]
    public void Read_DamagedInTheMiddle_SetsThatEntryAside()
    {
        using var journal = Journals.In(_directory);
        journal.TryAppend([BooksDatabase.Record("req_a"), BooksDatabase.Record("req_b"), BooksDatabase.Record("req_c")]);
        var file = journal.Seal().Single();
        File.WriteAllText(file, File.ReadAllText(file).Replace("req_b", "req_x", StringComparison.Ordinal));
        journal.Shrink();

        journal.Read(file).Select(record => record.RequestId).ShouldBe(["req_a", "req_c"]);
        File.ReadAllText(Path.Combine(_directory, "rejected.jsonl")).ShouldContain("req_x");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Waiting_AScopeSinceAMoment_NamesItsCallsAndNoOthers(bool isOlder)
    {
        using var journal = Journals.In(_directory);
        var record = BooksDatabase.Record("req_mine") with { UserId = "usr" };
        journal.TryAppend([record, record with { RequestId = "req_key", KeyId = "key_b" }, record with { RequestId = "req_tenant", TenantId = "ten_b" }, record with { RequestId = "req_user", UserId = null }, record with { RequestId = "req_early", StartedAt = UsageRecords.Noon.AddDays(-1) }]).ShouldBeTrue();
        journal.Seal();
        if (isOlder) journal.Shrink();

        Ids(new SpendScope("ten_a") { KeyId = "key_a", UserId = "usr" }).ShouldBe(["req_mine"]);
        Ids(new SpendScope("ten_a") { KeyId = "key_b" }).ShouldBe(["req_key"]);
        Ids(new SpendScope("ten_a")).ShouldBe(["req_mine", "req_key", "req_user"]);

        IEnumerable<string> Ids(SpendScope scope) => journal.Waiting(scope, UsageRecords.Noon).Select(call => call.RequestId);
    }

    [Fact]
    public void Reject_AgainByThisProcessOrTheNext_IsSetAsideAndCountedOnce()
    {
        var (counted, thread) = (0L, Environment.CurrentManagedThreadId);
        using var meter = new MeterListener { InstrumentPublished = static (instrument, listener) => { if (instrument.Name == "llmconsole.usage.rejected") listener.EnableMeasurementEvents(instrument); } };

        // Other tests count into the same meter.
        meter.SetMeasurementEventCallback<long>((_, value, _, _) => { if (Environment.CurrentManagedThreadId == thread) counted += value; });
        meter.Start();
        var (poison, other) = (BooksDatabase.Record("req_poison"), BooksDatabase.Record("req_other"));
        using (var journal = Journals.In(_directory))
        {
            journal.Reject(poison, "it is poison");
            journal.Reject(poison, "it still is");
        }

        // A crash in the middle of writing the next.
        var file = Path.Combine(_directory, "rejected.jsonl");
        File.AppendAllText(file, "{\"requestId\":\"torn");
        using var next = Journals.In(_directory);
        next.Reject(poison, "it is poison for this one too");
        next.Reject(other, "so is this");
        next.Reject(other, "so is this");

        string[] kinds = ["req_poison", "req_other", "torn"];
        File.ReadAllLines(file).Select(line => kinds.Single(kind => line.Contains(kind, StringComparison.Ordinal))).ShouldBe(["req_poison", "torn", "req_other"]);
        counted.ShouldBe(2);
    }

    [Fact]
    public void Read_DamagedByAReturn_SetsThatEntryAsideOnce()
    {
        Directory.CreateDirectory(_directory);
        var damaged = Path.Combine(_directory, "usage-damaged.jsonl");
        File.WriteAllText(damaged, "half\rof it\n");

        for (var times = 0; times < 2; times++)
        {
            using var journal = Journals.In(_directory);
            journal.Read(damaged).ShouldBeEmpty();
        }

        File.ReadAllText(Path.Combine(_directory, "rejected.jsonl")).ShouldBe("half of it\n");
    }

    [Fact]
    public void Reject_ThatTheDiskDoesNotTake_IsInTheLogWhole()
    {
        var log = new LogLines();
        using var logs = new SerilogLoggerFactory(new LoggerConfiguration().WriteTo.Sink(log).CreateLogger(), dispose: true);
        Directory.CreateDirectory(Path.Combine(_directory, "rejected.jsonl"));
        using var journal = new UsageJournal(_directory, LedgerOptions.DefaultJournalMaxBytes, isFlushed: true, TimeProvider.System, logs.CreateLogger<UsageJournal>());

        journal.Reject(BooksDatabase.Record("req_poison"), "it is poison");

        log.Lines.ShouldContain(line => line.StartsWith("Fatal", StringComparison.Ordinal) && line.Contains("req_poison", StringComparison.Ordinal) && line.Contains("only this line", StringComparison.Ordinal));
    }

    [Fact]
    public void TryAppend_BeyondTheLimit_KeepsNothingOfIt()
    {
        using var journal = Journals.In(_directory, maxBytes: 700);
        journal.TryAppend([BooksDatabase.Record("req_a")]).ShouldBeTrue();

        journal.TryAppend([BooksDatabase.Record("req_b"), BooksDatabase.Record("req_c")]).ShouldBeFalse();

        var file = journal.Seal().Single();
        journal.Read(file).Select(record => record.RequestId).ShouldBe(["req_a"]);
        journal.Delete(file);
        journal.IsEmpty.ShouldBeTrue();
        journal.Bytes.ShouldBe(0);
        journal.TryAppend([BooksDatabase.Record("req_b")]).ShouldBeTrue();
    }

    [Fact]
    public void Open_WhileAnotherProcessWrites_LeavesItsFileAlone()
    {
        using var other = Journals.In(_directory);
        other.TryAppend([BooksDatabase.Record("req_a")]);

        using var journal = Journals.In(_directory);

        journal.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void Append_MoreThanTheDatabaseComesTo_IsReadFromTheDiskAndStillCounted()
    {
        using var journal = Journals.In(_directory);
        var first = Records("a", JournalIndex.MostWhole);
        journal.TryAppend(first).ShouldBeTrue();
        journal.Seal();
        var more = Records("b", 2);
        foreach (var record in more) journal.TryAppend([record]).ShouldBeTrue();

        var files = journal.Seal();

        journal.Read(files[0]).First().ShouldBeSameAs(first[0]);
        journal.Read(files[1]).ShouldBe(more);
        journal.Read(files[1]).First().ShouldNotBeSameAs(more[0]);
        journal.Waiting(new SpendScope("ten_a"), DateTimeOffset.MinValue).Count.ShouldBe(first.Length + more.Length);
        journal.Delete(files[0]);
        journal.TryAppend(first).ShouldBeTrue();
        journal.Read(journal.Seal()[^1]).First().ShouldBeSameAs(first[0]);

        static UsageRecord[] Records(string name, int count) => [.. Enumerable.Range(0, count).Select(i => BooksDatabase.Record($"req_{name}_{i}"))];
    }
}
