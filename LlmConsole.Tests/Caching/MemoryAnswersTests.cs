using System.Runtime.InteropServices;
using System.Text;
using FsCheck.Fluent;
using LlmConsole.Core.Caching;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Caching;

public sealed class MemoryAnswersTests
{
    private const int Mebibyte = 1024 * 1024;
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Find_Stored_IsFoundUntilItExpires()
    {
        var answers = new MemoryAnswers(Mebibyte, _time);
        answers.Store(Key(1), Answer(10));

        answers.Find(Key(1)).ShouldNotBeNull();
        answers.Find(Key(2)).ShouldBeNull();
        _time.Advance(TimeSpan.FromHours(1));
        answers.Find(Key(1)).ShouldBeNull();
        (answers.Count, answers.Bytes).ShouldBe((0, 0));
    }

    [Fact]
    public void Store_BeyondTheLimit_DropsWhatWasUsedLongestAgo()
    {
        var answers = new MemoryAnswers(16 * 10_000, _time);
        for (var i = 0; i < 4; i++) answers.Store(Key(i), Answer(1_900));
        answers.Find(Key(0));
        answers.Store(Key(4), Answer(1_000));

        answers.Find(Key(0)).ShouldNotBeNull();
        answers.Find(Key(1)).ShouldBeNull();
        answers.Find(Key(4)).ShouldNotBeNull();
        answers.Bytes.ShouldBeLessThanOrEqualTo(10_000);
    }

    [Fact]
    public void Store_LargerThanItsShare_IsNotKept()
    {
        var answers = new MemoryAnswers(Mebibyte, _time);
        answers.Store(Key(1), Answer(Mebibyte / 8));

        (answers.Count, answers.Bytes).ShouldBe((0, 0));
    }

    [Fact]
    public void Store_Again_Replaces()
    {
        var answers = new MemoryAnswers(Mebibyte, _time);
        answers.Store(Key(1), Answer(10));
        answers.Store(Key(1), Answer(20));

        answers.Find(Key(1)).ShouldNotBeNull().Completion.Length.ShouldBe(20);
        answers.Count.ShouldBe(1);
        answers.Remove(Key(1)).ShouldNotBeNull();
        answers.Bytes.ShouldBe(0);
    }

    [Fact]
    public void Store_ManyAtOnce_StaysBelowTheLimit()
    {
        var answers = new MemoryAnswers(Mebibyte, _time);

        Parallel.For(0, 20_000, i =>
        {
            answers.Store(Key(i), Answer(i % 3_000));
            answers.Find(Key(i / 2));
            if (i % 10 == 0) answers.Remove(Key(i - 5));
        });

        answers.Bytes.ShouldBeInRange(1, Mebibyte);
        answers.Bytes.ShouldBe(answers.Entries().Sum(entry => entry.Size));
    }

    [Fact]
    public void Store_Find_Remove_InAnyOrder_AreWhatADictionaryWouldSay() => Prop.ForAll(Gen.Choose(0, 99_999).ListOf().Select(steps => steps.ToArray()).ToArbitrary(), steps =>
    {
        var answers = new MemoryAnswers(64 * Mebibyte, _time);
        var kept = new Dictionary<int, CachedAnswer>();
        foreach (var step in steps)
        {
            var (number, length) = (step % 7, step / 70);
            if (step % 10 < 6) answers.Store(Key(number), kept[number] = Filled(length));
            else if (step % 10 < 8) (answers.Remove(Key(number)) is not null).ShouldBe(kept.Remove(number));
            else answers.Remove(answer => answer.RequestId == $"req_{length}").ShouldBe(kept.Where(pair => pair.Value.RequestId == $"req_{length}").ToList().Count(pair => kept.Remove(pair.Key)));
            foreach (var at in Enumerable.Range(0, 7)) Shape(answers.Find(Key(at))).ShouldBe(Shape(kept.GetValueOrDefault(at)));
            (answers.Count, answers.Bytes).ShouldBe((kept.Count, answers.Entries().Sum(entry => entry.Size)));
        }
    }).Holds(60);

    [Fact]
    public void Entries_TellWhatIsSaidOfAnswers_AndHowTheyWereUsed()
    {
        var answers = new MemoryAnswers(Mebibyte, _time);
        answers.Store(Key(1), Filled(700));
        answers.Store(Key(2), Filled(5));
        answers.Given(Key(1));
        answers.Given(Key(1), new EntryMatch("req_9", "Nearly the same?", 0.9, _time.GetUtcNow()));

        var entries = answers.Entries().ToList();

        entries.Select(entry => (entry.Key, entry.Answer.RequestId, entry.Answer.Prompt, entry.Hits, entry.LastMatch?.RequestId)).ShouldBe(
            [(Key(1), "req_700", "prompt é 700", 2, "req_9"), (Key(2), "req_5", "prompt é 5", 0, null)]);
        answers.Entry("req_700").ShouldNotBeNull().LastMatch.ShouldBe(entries[0].LastMatch);
        answers.Entry("req_70").ShouldBeNull();
        (answers.KeyOf("req_5"), answers.KeyOf("req_700"), answers.KeyOf("req_70"), answers.KeyOf("req_7000")).ShouldBe((Key(2), Key(1), null, null));
        _time.Advance(TimeSpan.FromHours(1));
        answers.KeyOf("req_5").ShouldBeNull();
    }

    [Fact]
    public void Remove_WhileItIsAskedWhichFit_LetsOthersFind()
    {
        var answers = new MemoryAnswers(Mebibyte, _time);
        answers.Store(Key(1), Answer(10));
        answers.Store(Key(2), Answer(10));

        answers.Remove(_ => Task.Run(() => answers.Find(Key(2))).Wait(TimeSpan.FromSeconds(30))).ShouldBe(2);

        (answers.Count, answers.Bytes).ShouldBe((0, 0));
    }

    [Fact]
    public void Remove_Entries_OfMany_LookAtSomeAtATime()
    {
        const int Many = MemoryShard.Slice * 3;
        var answers = new MemoryAnswers(64 * Mebibyte, _time);
        for (var i = 0; i < Many; i++) answers.Store(Key(i), Answer(10));

        // What goes meanwhile isn't looked at any more.
        var seen = answers.Entries().Select((_, i) => i == 0 ? answers.Remove(Key(Many - 1)) : null).Count();
        seen.ShouldBe(Many - 1);
        seen = 0;
        answers.Remove(_ => seen++ == 0 && answers.Remove(Key(Many - 2)) is null);
        seen.ShouldBe(Many - 2);
    }

    [Fact]
    public void Bytes_ManyAnswers_AreWhatTheyTake()
    {
        var answers = new MemoryAnswers(64 * Mebibyte, _time);
        var fresh = Enumerable.Range(0, 2_000).Select(Fresh).ToList();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < fresh.Count; i++) answers.Store(Key(i), fresh[i]);

        // The smaller tables on the way are allocated too, and gone by now.
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        answers.Bytes.ShouldBeInRange((long)(allocated * 0.7), allocated);
    }

    [Fact]
    public void Join_AStream_HoldsNoMoreThanTheCompletion()
    {
        var completion = AnswerAssembly.Join([Encoding.UTF8.GetBytes("""{"id":"1","choices":[{"index":0,"delta":{"content":"Hello."},"finish_reason":"stop"}]}""")], default).ShouldNotBeNull();

        MemoryMarshal.TryGetArray(completion, out var held).ShouldBeTrue();
        held.Array!.Length.ShouldBe(completion.Length);
    }

    [Fact]
    public void Parse_AKeysText_IsTheKey()
    {
        var key = new CacheKey((UInt128)7 << 100, 9);

        CacheKey.Parse(key.ToString()).ShouldBe(key);
        CacheKey.Parse("zz").ShouldBeNull();
    }

    private CachedAnswer Filled(int length) => new()
    {
        RequestId = $"req_{length}", TenantId = "ten", Model = "m", ProviderModel = length % 3 == 0 ? null : length % 3 == 1 ? "m" : "other", FinishReason = length % 2 == 0 ? "stop" : "length",
        Usage = new(length, 1, 2, 3, 4), StoredAt = _time.GetUtcNow(), ExpiresAt = _time.GetUtcNow().AddHours(1), Prompt = $"prompt é {length}",
        Completion = Enumerable.Range(0, length).Select(at => (byte)(at * 31)).ToArray(),
    };

    private static string? Shape(CachedAnswer? answer) => answer is null ? null
        : $"{answer.RequestId} {answer.TenantId} {answer.Model} {answer.ProviderModel ?? "-"} {answer.FinishReason} {answer.Usage} {answer.StoredAt.Ticks} {answer.ExpiresAt.Ticks} {answer.Prompt} {Convert.ToHexString(answer.Completion.Span)}";

    // All in one part, so that the order of use decides.
    private static CacheKey Key(int number) => new((UInt128)number << 8, (UInt128)number);

    private CachedAnswer Answer(int length) => new()
    {
        RequestId = "req", TenantId = "ten", Model = "m", Usage = default, StoredAt = _time.GetUtcNow(), ExpiresAt = _time.GetUtcNow().AddHours(1), Completion = new byte[length],
    };

    /// <summary>With texts of its own, as an answer of a pattern has them.</summary>
    private CachedAnswer Fresh(int number) => new()
    {
        RequestId = $"req_{number:d26}", TenantId = "ten", Model = new string('m', 20), ProviderModel = new string('q', 20), Usage = default, StoredAt = _time.GetUtcNow(),
        ExpiresAt = _time.GetUtcNow().AddHours(1), Prompt = new string('p', 60), Completion = new byte[400],
    };
}
