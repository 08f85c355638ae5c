using LlmConsole.Core;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Configuration;

public sealed class IdsTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task New_OnManyThreads_NeverSaysOneTwice()
    {
        var ids = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Enumerable.Range(0, 2_000).Select(_ => Ids.New("req", _time)).ToList())));

        ids.SelectMany(some => some).Distinct().Count().ShouldBe(16_000);
    }

    [Fact]
    public void Lowest_OfAMoment_LiesBetweenEarlierAndLaterOnes()
    {
        var earlier = Ids.New("req", _time);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        var lowest = Ids.Lowest("req", _time.GetUtcNow());

        new[] { Ids.New("req", _time), lowest, earlier }.Order(StringComparer.Ordinal).ToList().IndexOf(lowest).ShouldBe(1);
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(1)]
    public void New_Later_SortsAfter(int microseconds)
    {
        var ids = new List<string>();
        for (var i = 0; i < 2_000; i++)
        {
            ids.Add(Ids.New("req", _time));
            _time.Advance(TimeSpan.FromMicroseconds(microseconds));
        }

        ids.Order(StringComparer.Ordinal).ShouldBe(ids);
    }

    [Fact]
    public void New_Always_IsAVersion7Uuid()
    {
        const string Digits = "0123456789abcdefghjkmnpqrstvwxyz";
        var number = Ids.New("req", _time)["req_".Length..].Aggregate(UInt128.Zero, (sum, digit) => (sum << 5) | (uint)Digits.IndexOf(digit, StringComparison.Ordinal));

        (number >> 80).ShouldBe((UInt128)_time.GetUtcNow().ToUnixTimeMilliseconds());
        ((int)(number >> 76) & 0xF, (int)(number >> 62) & 0b11).ShouldBe((7, 0b10));
    }
}
