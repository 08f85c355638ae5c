using System.Net;
using System.Net.Sockets;
using LlmConsole.Hosting;
using LlmConsole.Tests.Support;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace LlmConsole.Tests.Hosting;

public sealed class ListenersTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Beside what is under way to the reader.</summary>
    [Fact]
    public async Task Connection_TakesLittleThatIsNotSentYet()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux can be told.");
        var listeners = new Listeners(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance, TimeProvider.System);
        await using var listener = await listeners.BindAsync(new IPEndPoint(IPAddress.Loopback, 0), Cancellation);
        using var reader = new TcpClient();
        await reader.ConnectAsync((IPEndPoint)listener.EndPoint, Cancellation);
        await using var accepted = (await listener.AcceptAsync(Cancellation))!;

        var bytes = new byte[sizeof(int)];
        accepted.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket.GetRawSocketOption(optionLevel: 6, optionName: 25, bytes);

        BitConverter.ToInt32(bytes).ShouldBe(64 * 1024);
    }

    /// <summary>Closing a listening socket resets what waits in it; here nobody accepts before it is being closed, and more come meanwhile.</summary>
    [Fact]
    public async Task Close_TakesWhoeverIsConnected_AndRefusesTheRest()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux can be told to take no more connections.");
        var time = new SteppedTime();
        var listeners = new Listeners(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance, time);
        await using var listener = await listeners.BindAsync(new IPEndPoint(IPAddress.Loopback, 0), Cancellation);
        using var early = new TcpClient();
        await early.ConnectAsync((IPEndPoint)listener.EndPoint, Cancellation);

        var closing = listeners.CloseAsync(Cancellation);
        using var late = new TcpClient();
        var knocking = late.ConnectAsync((IPEndPoint)listener.EndPoint, Cancellation);
        await using var accepted = (await listener.AcceptAsync(Cancellation))!;
        time.Advance(TimeSpan.FromSeconds(1));
        await closing;

        await accepted.Transport.Output.WriteAsync(new byte[] { 42 }, Cancellation);
        early.GetStream().ReadByte().ShouldBe(42);
        (await Should.ThrowAsync<SocketException>(() => knocking.AsTask())).SocketErrorCode.ShouldBe(SocketError.ConnectionRefused);
    }
}
