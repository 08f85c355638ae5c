using FsCheck.Fluent;
using LlmConsole.Components.Console.Requests;
using LlmConsole.Core.Metering;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Components.Console;

public sealed class CallTailTests
{
    private const int PageSize = 10;
    private readonly List<UsageRecord> _books = [];

    [Fact]
    public async Task Read_NewCalls_WaitUntilTheyAreAskedFor()
    {
        Add(30);
        var tail = Begin();
        Add(3);

        (await tail.ReadAsync()).ShouldBeTrue();
        (await tail.ReadAsync()).ShouldBeFalse();

        tail.Waiting.ShouldBe(3);
        tail.Shown.ShouldBe(Newest(PageSize, skip: 3));
        tail.Show();
        tail.Waiting.ShouldBe(0);
        tail.Shown.ShouldBe(Newest(PageSize + 3));
    }

    [Fact]
    public async Task Read_MoreThanAPage_LosesNone()
    {
        Add(5);
        var tail = Begin();
        Add(137);

        await tail.ReadAsync();
        tail.Show();

        tail.Shown.ShouldBe(Newest(142));
        tail.IsCut.ShouldBeFalse();
    }

    [Fact]
    public async Task Read_MoreThanTheListHolds_ShowsTheNewestAndSaysThatItIsCut()
    {
        Add(5);
        var tail = Begin();
        Add(CallTail.Most + 50);

        await tail.ReadAsync();

        tail.HasGap.ShouldBeTrue();
        tail.Waiting.ShouldBeGreaterThanOrEqualTo(CallTail.Most);
        tail.Show();
        tail.IsCut.ShouldBeTrue();
        tail.Shown.ShouldBe(Newest(CallTail.Most));
        Add(1);
        await tail.ReadAsync();
        tail.Waiting.ShouldBe(1);
    }

    [Fact]
    public async Task Read_CallCommittedLateBelowANewerOne_IsNewToo()
    {
        Add(20);
        var tail = Begin();
        _books.Insert(18, Record("late"));

        await tail.ReadAsync();

        tail.Waiting.ShouldBe(1);
    }

    [Fact]
    public void Tail_WhateverComesAndIsLookedAt_IsAlwaysTheNewestWithoutAHole() => Prop.ForAll(
        Gen.Choose(0, 700).Two().ListOf().ToArbitrary(), steps =>
        {
            _books.Clear();
            var tail = Begin();
            foreach (var (before, after) in steps.Take(4))
            {
                Add(before);
                tail.ReadAsync().GetAwaiter().GetResult();
                Add(after);
                tail.ReadAsync().GetAwaiter().GetResult();
                tail.Show();
                if (!tail.Shown.SequenceEqual(Newest(tail.Shown.Count)) || (!tail.IsCut && tail.Shown.Count != _books.Count)) return false;
            }

            return true;
        }).Holds(cases: 60);

    private CallTail Begin() => new(Page(null), before => Task.FromResult(Page(before)));

    private void Add(int calls)
    {
        for (var i = 0; i < calls; i++) _books.Add(Record($"req_{_books.Count}"));
    }

    private UsagePage Page(long? before)
    {
        var end = (int)(before ?? _books.Count);
        var start = Math.Max(0, end - PageSize);
        return new UsagePage([.. _books[start..end].AsEnumerable().Reverse()], start == 0 ? null : start);
    }

    private UsageRecord[] Newest(int count, int skip = 0) => [.. _books.AsEnumerable().Reverse().Skip(skip).Take(count)];

    private static UsageRecord Record(string id) => new() { RequestId = id, StartedAt = DateTimeOffset.UnixEpoch, TenantId = "ten", ModelAsked = "m", Outcome = Outcome.Answered, Status = 200 };
}
