using System.Security.Claims;
using LlmConsole.Hosting;
using LlmConsole.Hubs;
using Microsoft.Extensions.Configuration;

namespace LlmConsole.Tests.Hubs;

public sealed class SeatsTests
{
    [Fact]
    public void Take_BeyondTheOwnersOrAll_IsRefusedUntilOneIsGivenBack()
    {
        var seats = new Seats(each: 2, inAll: 3);

        (seats.Take("ada"), seats.Take("ada"), seats.Take("ada")).ShouldBe((Seat.Taken, Seat.Taken, Seat.NoneOfTheOwner));
        (seats.Take("bob"), seats.Take("bob")).ShouldBe((Seat.Taken, Seat.None));
        seats.GiveBack("ada");
        (seats.Take("bob"), seats.Take("ada")).ShouldBe((Seat.Taken, Seat.None));
        seats.GiveBack("bob");
        seats.Insist("bob");
        seats.Take("ada").ShouldBe(Seat.None);
    }

    [Fact]
    public void Take_ByManyAtOnce_NeverExceedsTheBound()
    {
        var seats = new Seats(each: 50, inAll: 70);

        var taken = Enumerable.Range(0, 1_000).AsParallel().Count(i => seats.Take(i % 2 == 0 ? "ada" : "bob") == Seat.Taken);

        taken.ShouldBe(70);
    }

    [Fact]
    public void Open_WithoutASeat_SaysWhichBound()
    {
        var settings = Settings.Read(new ConfigurationBuilder().AddInMemoryCollection([new("Limits:MaxPagesPerUser", "2"), new("Limits:MaxPages", "3")]).Build());
        var pages = new OpenPages(settings);

        pages.Open("ada").ShouldBeNull();
        var (second, third, ofBob) = (pages.Connect(User("ada"))!, pages.Connect(User("ada"))!, pages.Connect(User("bob"))!);
        (second.Open(), ofBob.Open()).ShouldBe((null, null));
        third.Open()!.ShouldStartWith("You have 2 pages open");
        pages.Open("bob")!.ShouldStartWith("The server has as many pages open as it may have");

        second.Dispose();
        second.Dispose();
        (second.Open(), third.Open()).ShouldBe((null, null));
        pages.Open("bob").ShouldNotBeNull();
    }

    [Fact]
    public void Connect_BeyondTwiceThePages_IsRefused()
    {
        var pages = new OpenPages(Settings.Read(new ConfigurationBuilder().AddInMemoryCollection([new("Limits:MaxPagesPerUser", "1")]).Build()));
        var first = pages.Connect(User("ada"))!;
        pages.Connect(User("ada")).ShouldNotBeNull().Open().ShouldBeNull();

        pages.Connect(User("ada")).ShouldBeNull();
        first.Reopen();
        first.Dispose();
        pages.Connect(User("ada")).ShouldNotBeNull();
    }

    private static ClaimsPrincipal User(string id) => new(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, id)], "test"));
}
