using System.Text;
using FsCheck.Fluent;
using LlmConsole.Core.Metering;
using LlmConsole.Tests.Support;

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
        journal.Waiting("ten_a").Count.ShouldBe(first.Length + more.Length);
        journal.Delete(files[0]);
        journal.TryAppend(first).ShouldBeTrue();
        journal.Read(journal.Seal()[^1]).First().ShouldBeSameAs(first[0]);

        static UsageRecord[] Records(string name, int count) => [.. Enumerable.Range(0, count).Select(i => BooksDatabase.Record($"req_{name}_{i}"))];
    }
}
