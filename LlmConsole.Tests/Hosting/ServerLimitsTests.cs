using System.Net;
using System.Net.Sockets;
using System.Text;
using LlmConsole.Core.Metering;
using LlmConsole.Hosting;
using LlmConsole.Tests.Support;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LlmConsole.Tests.Hosting;

public sealed class ServerLimitsTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    [Fact]
    public void Answers_ForSlowReaders_AreBoundedInSizeAndTime()
    {
        var limits = fixture.App.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits;

        limits.MaxResponseBufferSize.ShouldBe(64 * 1024);
        limits.MinResponseDataRate!.BytesPerSecond.ShouldBe(240);
        limits.MinResponseDataRate.GracePeriod.ShouldBe(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Connections_BeyondTheBounds_AreNotTaken()
    {
        await using var app = await RunningApp.StartAsync(("Limits:MaxConnections", "2"), ("Limits:MaxUpgradedConnections", "1"));
        var limits = app.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits;

        limits.MaxConcurrentUpgradedConnections.ShouldBe(1);
        using var first = await ConnectAsync(app);
        using var second = await ConnectAsync(app);
        (await LiveAsync(first)).ShouldStartWith("HTTP/1.1 200");
        (await LiveAsync(second)).ShouldStartWith("HTTP/1.1 200");
        using var third = await ConnectAsync(app);
        (await LiveAsync(third)).ShouldBeEmpty();
    }

    /// <summary>At a rate that no reader could be too slow for in so short a time, were it not that this one reads nothing at all.</summary>
    [Fact]
    public async Task Reader_BelowTheRate_IsLetGoAndSoIsTheProvider()
    {
        await using var app = await RunningApp.StartAsync(services => services.PostConfigure<KestrelServerOptions>(kestrel => kestrel.Limits.MinResponseDataRate = new MinDataRate(100_000_000, TimeSpan.FromSeconds(1.1))));
        await using var model = await ScriptedModel.PublishAsync(app);
        model.Provider.Otherwise = Play.Stream(Sse.Role(), StreamStep.Forever(Encoding.UTF8.GetBytes(Sse.Delta("word "))));
        using var reader = new TcpClient { ReceiveBufferSize = 4096 };
        await reader.ConnectAsync(IPAddress.Loopback, app.BaseAddress.Port, TestContext.Current.CancellationToken);
        var body = model.Ask("\"stream\":true");
        await reader.GetStream().WriteAsync(
            Encoding.UTF8.GetBytes($"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {model.Key}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"),
            TestContext.Current.CancellationToken);

        await (await model.Provider.RequestAsync()).Aborted.WaitAsync(TestContext.Current.CancellationToken);

        (await model.RecordsAsync()).ShouldHaveSingleItem().Outcome.ShouldBe(Outcome.Abandoned);
    }

    /// <summary>Headers within a second, bodies at a rate that nobody reaches who sends nothing.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"model\":")]
    public async Task Sender_WhoStops_IsToldAndLetGo(string rest)
    {
        await using var app = await RunningApp.StartAsync(services => services.PostConfigure<KestrelServerOptions>(kestrel =>
        {
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(1);
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(100_000_000, TimeSpan.FromSeconds(1.1));
        }));
        using var sender = await ConnectAsync(app);
        var request = $"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {await app.IssueKeyAsync()}\r\n{rest}";
        await sender.GetStream().WriteAsync(Encoding.UTF8.GetBytes(request), TestContext.Current.CancellationToken);
        using var answer = new StreamReader(sender.GetStream());

        var text = await answer.ReadToEndAsync(TestContext.Current.CancellationToken);

        text.ShouldStartWith("HTTP/1.1 408");
        if (rest.Length > 0) text.ShouldContain("\"code\":\"request_timeout\"");
    }

    /// <summary>Strangers may send these, and a form is held whole before it is looked at: one that says that it is longer than forms are is answered before it comes.</summary>
    [Theory]
    [InlineData("/account/sign-in")]
    [InlineData("/setup")]
    [InlineData("/account/sign-out")]
    [InlineData("/not-found")]
    public async Task Form_LongerThanFormsAre_IsNotWaitedFor(string path)
    {
        using var sender = await ConnectAsync(fixture.App);
        await sender.GetStream().WriteAsync(Encoding.UTF8.GetBytes($"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 65537\r\n\r\n"), TestContext.Current.CancellationToken);
        using var answer = new StreamReader(sender.GetStream());

        (await answer.ReadLineAsync(TestContext.Current.CancellationToken)).ShouldBe("HTTP/1.1 400 Bad Request");
    }

    [Theory]
    [InlineData("gateway.example.com", "gateway.example.com")]
    [InlineData("*.example.com;other.example.net", "some.example.com")]
    public async Task Hosts_OtherThanThoseAllowed_AreNotAnswered_AndTheHealthCheckKnowsOne(string allowed, string host)
    {
        await using var app = await RunningApp.StartAsync(("AllowedHosts", allowed));

        (await StatusAsync(null), await StatusAsync("evil.example.org"), await StatusAsync(host)).ShouldBe((HttpStatusCode.BadRequest, HttpStatusCode.BadRequest, HttpStatusCode.OK));
        (await HealthProbe.RunAsync(new ConfigurationBuilder().AddInMemoryCollection([new("urls", $"http://+:{app.BaseAddress.Port}"), new("AllowedHosts", allowed)]).Build())).ShouldBe(0);

        async Task<HttpStatusCode> StatusAsync(string? name)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/health/live");
            request.Headers.Host = name;
            using var answer = await app.Http.SendAsync(request, TestContext.Current.CancellationToken);
            return answer.StatusCode;
        }
    }

    private static async Task<TcpClient> ConnectAsync(RunningApp app)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, app.BaseAddress.Port, TestContext.Current.CancellationToken);
        return client;
    }

    /// <summary>What the connection is answered; nothing where it was closed.</summary>
    private static async Task<string> LiveAsync(TcpClient client)
    {
        try
        {
            await client.GetStream().WriteAsync("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
            var buffer = new byte[4096];
            return Encoding.UTF8.GetString(buffer, 0, await client.GetStream().ReadAsync(buffer, TestContext.Current.CancellationToken));
        }
        catch (IOException)
        {
            return "";
        }
    }
}
