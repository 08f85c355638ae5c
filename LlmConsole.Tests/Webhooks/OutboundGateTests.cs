using System.Net;
using System.Net.Sockets;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Tests.Webhooks;

/// <summary>What a host name resolves to is judged when it is saved, and again when it is connected to.</summary>
public sealed class OutboundGateTests
{
    [Fact]
    public async Task Save_NameThatResolvesToPrivate_IsRefused()
    {
        await using var world = await WebhookWorld.StartAsync(allowPrivate: false, lookup: WebhookWorld.Resolving("93.184.215.14", "10.0.0.7"));

        var refusal = await Should.ThrowAsync<ConfigurationInvalidException>(() => world.CreateAsync("https://rebind.example/hook"));

        refusal.Problems.ShouldHaveSingleItem().Field.ShouldBe("url");
        refusal.Message.ShouldContain("10.0.0.7");
        world.Snapshot.Webhooks.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false, "127.0.0.1")]
    [InlineData(false, "::ffff:127.0.0.1")]
    [InlineData(true, "169.254.169.254")]
    [InlineData(true, "::ffff:169.254.169.254")]
    public async Task Connect_NameThatResolvesElsewhereByThen_GetsNowhere(bool allowPrivate, string later)
    {
        var address = "93.184.215.14";
        await using var world = await WebhookWorld.StartAsync(allowPrivate: allowPrivate, lookup: (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse(address)]));
        await world.CreateAsync($"http://rebind.example:{world.Receiver.BaseUrl.Port}/hook");
        address = later;
        var delivery = await world.HappenAsync();

        await world.DeliverAsync();

        world.Receiver.Requests.ShouldBeEmpty();
        (await world.FindAsync(delivery.Id)).LastError.ShouldNotBeNull().ShouldStartWith("rebind.example resolves to an address that isn't allowed");
    }

    [Fact]
    public async Task Connect_NameThatResolvesToAllowed_GoesThere()
    {
        await using var world = await WebhookWorld.StartAsync(lookup: WebhookWorld.Resolving("127.0.0.1"));
        await world.CreateAsync($"http://receiver.example:{world.Receiver.BaseUrl.Port}/hook");
        await world.HappenAsync();

        await world.DeliverAsync();

        world.Receiver.Requests.ShouldHaveSingleItem().Headers["host"].ShouldStartWith("receiver.example");
    }

    [Fact]
    public async Task Save_NameThatDoesNotResolveYet_IsTaken()
    {
        await using var world = await WebhookWorld.StartAsync(allowPrivate: false, lookup: (_, _) => throw new SocketException((int)SocketError.HostNotFound));
        await world.CreateAsync("https://not-yet.example/hook");
        var delivery = await world.HappenAsync();

        await world.DeliverAsync();

        (await world.FindAsync(delivery.Id)).LastError.ShouldBe("The host name can't be resolved.");
    }
}
