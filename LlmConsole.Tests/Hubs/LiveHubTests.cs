using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using LlmConsole.Authentication;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Hosting;
using LlmConsole.Tests.Authentication;
using LlmConsole.Tests.Metering;
using LlmConsole.Tests.Support;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LlmConsole.Tests.Hubs;

public sealed class LiveHubTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    private const char EndOfMessage = '\u001e';

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Connect_WithoutCredentials_IsRefused() =>
        (await fixture.App.Http.PostAsync("/hubs/live/negotiate?negotiateVersion=1", null, Cancellation)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);

    [Fact]
    public async Task Connect_WithACallersKey_IsRefused() =>
        (await fixture.App.Client(await fixture.App.IssueKeyAsync()).PostAsync("/hubs/live/negotiate?negotiateVersion=1", null, Cancellation)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);

    [Fact]
    public async Task Connect_WithAnAdminKey_GetsTheSnapshotAndThenWhatEnds()
    {
        using var socket = await ConnectAsync(await fixture.App.IssueAdminKeyAsync());
        var messages = MessagesAsync(socket).GetAsyncEnumerator(Cancellation);

        (await NextAsync(messages, "snapshot")).GetProperty("underWay").GetInt32().ShouldBe(0);
        await fixture.App.Services.GetRequiredService<UsageLedger>().RecordAsync(BooksDatabase.Record("req_live", DateTimeOffset.FromUnixTimeSeconds(Now())));

        JsonElement update;
        do update = await NextAsync(messages, "seconds");
        while (update.GetProperty("seconds").GetArrayLength() == 0);
        update.GetProperty("seconds")[0].GetProperty("models").GetProperty("m").GetProperty("calls").GetInt64().ShouldBe(1);
    }

    [Fact]
    public async Task Connect_BeyondWhatOneKeyMayHaveOpen_IsToldSoUntilAnotherEnds()
    {
        var (key, sockets) = (await fixture.App.IssueAdminKeyAsync(), new List<ClientWebSocket>());
        for (var i = 0; i < fixture.App.Services.GetRequiredService<Settings>().MaxPagesPerUser; i++) sockets.Add(await WatchAsync(key));

        using var refused = await ConnectAsync(key);
        (await MessagesAsync(refused).LastAsync(Cancellation)).GetProperty("error").GetString()!.ShouldContain("You have 20 pages open, which is the most.");
        using var otherKey = await WatchAsync(await fixture.App.IssueAdminKeyAsync());

        await sockets[0].CloseAsync(WebSocketCloseStatus.NormalClosure, null, Cancellation);
        sockets[0].Dispose();
        sockets[0] = await WatchAsync(key);
        foreach (var socket in sockets) socket.Dispose();
    }

    [Fact]
    public async Task Viewer_WhoseRightsAreTaken_IsSentAway()
    {
        await using var app = await RunningApp.StartAsync(services => services.PostConfigure<SecurityStampValidatorOptions>(sessions => sessions.ValidationInterval = TimeSpan.FromMilliseconds(50)));
        fixture.App.Services.GetRequiredService<IOptions<SecurityStampValidatorOptions>>().Value.ValidationInterval.ShouldBe(TimeSpan.FromSeconds(10));
        await BrowserSession.CreateOwnerAsync(app);
        var (key, user) = (await app.IssueAdminKeyAsync(), await BrowserSession.CreateUserAsync(app, "viewer@example.com", UserRole.Viewer));
        using var session = new BrowserSession(app);
        (await session.SignInAsync(user.Email)).Dispose();
        using var byKey = await WatchAsync(socket => socket.SetRequestHeader("Authorization", $"Bearer {key}"), app);
        using var bySession = await WatchAsync(socket => socket.Cookies = session.Cookies, app);

        await app.PutAsync(app.KeyOf(key) with { RevokedAt = DateTimeOffset.UnixEpoch });
        await app.Services.GetRequiredService<UserDirectory>().UpdateAsync(UserEditor.System, user.Id, account => account with { Role = UserRole.Member }, Cancellation);

        foreach (var socket in (ClientWebSocket[])[byKey, bySession]) await MessagesAsync(socket).CountAsync(Cancellation);
    }

    /// <summary>Connects, and reads the snapshot.</summary>
    private Task<ClientWebSocket> WatchAsync(string key) => WatchAsync(socket => socket.SetRequestHeader("Authorization", $"Bearer {key}"), fixture.App);

    private static async Task<ClientWebSocket> WatchAsync(Action<ClientWebSocketOptions> credential, RunningApp app)
    {
        var socket = await ConnectAsync(credential, app);
        await NextAsync(MessagesAsync(socket).GetAsyncEnumerator(Cancellation), "snapshot");
        return socket;
    }

    private Task<ClientWebSocket> ConnectAsync(string key) => ConnectAsync(socket => socket.SetRequestHeader("Authorization", $"Bearer {key}"), fixture.App);

    private static async Task<ClientWebSocket> ConnectAsync(Action<ClientWebSocketOptions> credential, RunningApp app)
    {
        var socket = new ClientWebSocket();
        credential(socket.Options);
        await socket.ConnectAsync(new UriBuilder(app.BaseAddress) { Scheme = "ws", Path = "/hubs/live" }.Uri, Cancellation);
        await socket.SendAsync(Encoding.UTF8.GetBytes($$"""{"protocol":"json","version":1}{{EndOfMessage}}"""), WebSocketMessageType.Text, true, Cancellation);
        return socket;
    }

    private long Now() => fixture.App.Services.GetRequiredService<TimeProvider>().GetUtcNow().ToUnixTimeSeconds();

    private static async Task<JsonElement> NextAsync(IAsyncEnumerator<JsonElement> messages, string target)
    {
        while (await messages.MoveNextAsync())
        {
            if (messages.Current.TryGetProperty("target", out var name) && name.GetString() == target) return messages.Current.GetProperty("arguments")[0];
        }

        throw new InvalidOperationException($"The connection ended before {target}.");
    }

    private static async IAsyncEnumerable<JsonElement> MessagesAsync(ClientWebSocket socket)
    {
        var (text, buffer) = (new StringBuilder(), new byte[16_384]);
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer, Cancellation);
            if (received.MessageType == WebSocketMessageType.Close) yield break;
            text.Append(Encoding.UTF8.GetString(buffer, 0, received.Count));
            var parts = text.ToString().Split(EndOfMessage);
            foreach (var message in parts[..^1]) yield return JsonDocument.Parse(message).RootElement;
            text.Clear().Append(parts[^1]);
        }
    }
}
