using System.Runtime.InteropServices;
using System.Text;
using LlmConsole.Core.Caching;
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
    public void Bytes_ManyAnswers_AreWhatTheyTake()
    {
        var answers = new MemoryAnswers(64 * Mebibyte, _time);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 2_000; i++) answers.Store(Key(i), Fresh(i));

        // The smaller dictionaries on the way are allocated too, and gone by now.
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        answers.Bytes.ShouldBeInRange((long)(allocated * 0.85), (long)(allocated * 1.1));
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
