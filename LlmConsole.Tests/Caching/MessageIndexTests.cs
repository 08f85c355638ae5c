using System.Security.Cryptography;
using LlmConsole.Core.Caching;
using LlmConsole.Core.Caching.Semantic;

namespace LlmConsole.Tests.Caching;

public sealed class MessageIndexTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly float[] Vector = [1, 0];
    private readonly MessageIndex _index = new(maxEntries: 2);
    private readonly CacheKey _first = NewKey(), _second = NewKey(), _third = NewKey();

    [Fact]
    public void Add_MoreThanFit_DropsThePartThatWasUsedLongestAgo()
    {
        Add(_first, "a");
        Add(_second, "b");
        Found(_first).ShouldBe("a");
        Add(_third, "c");

        Found(_second).ShouldBeEmpty();
        (Found(_first), Found(_third), _index.Count).ShouldBe(("a", "c", 2));
    }

    [Fact]
    public void Add_OfAnotherDimension_TakesThePlaceOfWhatWasThere()
    {
        Add(_first, "a");
        _index.Add(_first, "lexical", [0, 1, 0], Message("other"));
        Add(_second, "b");

        _index.Nearest(_first, "lexical", [0, 1, 0], 5, Now).ShouldHaveSingleItem().Message.Text.ShouldBe("other");
        (Found(_second), _index.Count).ShouldBe(("b", 2));
    }

    [Fact]
    public void Remove_EverythingOfAPart_LeavesRoomForOthers()
    {
        Add(_first, "a");
        _index.Remove(message => message.Text == "a");
        Add(_second, "b");
        Add(_third, "c");

        (Found(_first), Found(_second), Found(_third), _index.Count).ShouldBe(("", "b", "c", 2));
    }

    [Fact]
    public void Remove_WhileItIsAskedWhichFit_LetsOthersLook()
    {
        Add(_first, "a");
        Add(_second, "b");

        _index.Remove(_ => Task.Run(() => Found(_first)).Wait(TimeSpan.FromSeconds(30)));

        _index.Count.ShouldBe(0);
    }

    private void Add(CacheKey rest, string text) => _index.Add(rest, "lexical", Vector, Message(text));

    private string Found(CacheKey rest) => string.Join(",", _index.Nearest(rest, "lexical", Vector, 5, Now).Select(near => near.Message.Text));

    private static IndexedMessage Message(string text) => new(text, NewKey(), "ten", $"req_{text}", Now.AddHours(1));

    private static CacheKey NewKey() => CacheKey.From(RandomNumberGenerator.GetBytes(CacheKey.Length));
}
