using LlmConsole.Core.Caching;

namespace LlmConsole.Tests.Caching;

public sealed class FlightRoomTests
{
    [Fact]
    public void Add_WithoutRoom_LetsTheAnswerGoOnUnkept_AndRoomComesBack()
    {
        var (six, four) = (Frame.Of(new byte[6], null).Size, Frame.Of(new byte[4], null).Size);
        var flights = new Flights(mostBytes: six + four);
        using var first = flights.Alone();
        using var second = flights.Alone();
        using var third = flights.Alone();
        second.TryFollow().ShouldBeTrue();

        first.Add(new byte[6]);
        second.Add(new byte[4]);
        second.Add(new byte[1]);
        third.Add(new byte[5]);

        (first.IsWhole, second.IsWhole, third.IsWhole, flights.Held).ShouldBe((true, false, false, (long)six));
        (first.Frames.Count, second.Frames.Count, third.Frames.Count).ShouldBe((1, 2, 0));
        (second.TryFollow(), third.TryFollow()).ShouldBe((false, false));
        first.Dispose();
        flights.Held.ShouldBe(0);
        using var later = flights.Alone();
        later.Add(new byte[6]);
        later.IsWhole.ShouldBeTrue();
    }
}
