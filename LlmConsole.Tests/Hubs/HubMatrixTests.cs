using System.Net.WebSockets;
using System.Reflection;
using System.Text;
using System.Text.Json;
using LlmConsole.Hubs;
using LlmConsole.Tests.Authentication;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Hubs;

/// <summary>
/// Connects to every hub that the app has as everybody who may come, and calls every method there, by its own name and by those of other hubs: each opens to those whom the tables
/// name, and to nobody else. A hub or a method that no row covers fails here, which is the point.
/// </summary>
public sealed class HubMatrixTests(VisitedApp visited) : IClassFixture<VisitedApp>
{
    private const char EndOfMessage = '\u001e';

    /// <summary>Whom a hub opens to, by its path.</summary>
    private static readonly Dictionary<string, Level> Hubs = new() { ["/hubs/live"] = Level.View, ["/_blazor"] = Level.SignedIn };

    /// <summary>Whom the methods of the app's own hubs open to, as <c>path Method</c>. The live metrics are only sent, so there are none.</summary>
    private static readonly Dictionary<string, Level> Methods = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Hubs_AndTheirMethods_AreInTheTables()
    {
        var mapped = Mapped();

        mapped.Keys.Order().ShouldBe(Hubs.Keys.Order());
        typeof(Program).Assembly.GetTypes().Where(type => typeof(Hub).IsAssignableFrom(type)).Except(mapped.Values).ShouldBeEmpty();
        OwnHubs(mapped).SelectMany(hub => MethodsOf(hub.Value).Select(method => $"{hub.Key} {method.Name}")).Order().ShouldBe(Methods.Keys.Order());
    }

    [Fact]
    public async Task Hubs_All_LetInWhomTheTableNamesAndNobodyElse()
    {
        var wrong = new List<string>();
        foreach (var (path, level) in Hubs)
        {
            foreach (var visitor in visited.Visitors)
            {
                using var socket = new ClientWebSocket();
                var status = await ConnectAsync(socket, visitor, path);
                if ((status == 101) != visitor.IsAllowed(level, path) || status >= 500) wrong.Add($"{path} as {visitor.Who}: {status}");
            }
        }

        wrong.ShouldBeEmpty();
    }

    [Fact]
    public async Task Methods_All_DoWhatTheyAreAskedForWhomTheTableNamesAndNobodyElse()
    {
        var mapped = Mapped();
        var all = mapped.Values.SelectMany(MethodsOf).Concat(typeof(Hub).GetMethods(BindingFlags.Instance | BindingFlags.Public)).DistinctBy(method => method.Name).ToList();
        all.Count.ShouldBeGreaterThan(10);

        var (wrong, calls) = (new List<string>(), 0);
        foreach (var (path, _) in OwnHubs(mapped))
        {
            foreach (var visitor in visited.Visitors.Where(visitor => visitor.IsAllowed(Hubs[path], path)))
            {
                using var socket = new ClientWebSocket();
                await ConnectAsync(socket, visitor, path);
                await SendAsync(socket, """{"protocol":"json","version":1}""");
                foreach (var method in all)
                {
                    var isAllowed = Methods.TryGetValue($"{path} {method.Name}", out var level) && visitor.IsAllowed(level, path);
                    var error = await InvokeAsync(socket, $"{calls++}", method);
                    if ((error is null) != isAllowed) wrong.Add($"{path} {method.Name} as {visitor.Who}: {error}");
                }
            }
        }

        wrong.ShouldBeEmpty();
        calls.ShouldBeGreaterThan(40);
    }

    /// <summary>Hubs by their path.</summary>
    private Dictionary<string, Type> Mapped() =>
        (from endpoint in visited.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
         where endpoint.Metadata.GetMetadata<HubMetadata>() is not null && endpoint.Metadata.GetMetadata<NegotiateMetadata>() is null
         select (Path: "/" + endpoint.RoutePattern.RawText!.Trim('/'), endpoint.Metadata.GetMetadata<HubMetadata>()!.HubType)).Distinct().ToDictionary(hub => hub.Path, hub => hub.HubType);

    /// <summary>All but the one of the pages' circuits, which is the framework's, as are its methods: whoever isn't let in reaches none.</summary>
    private static IEnumerable<KeyValuePair<string, Type>> OwnHubs(Dictionary<string, Type> mapped) => mapped.Where(hub => hub.Value.Assembly == typeof(LiveHub).Assembly);

    /// <summary>What clients can call: public methods that the hub doesn't merely override.</summary>
    private static IEnumerable<MethodInfo> MethodsOf(Type hub) => hub.GetMethods(BindingFlags.Instance | BindingFlags.Public).Where(method => !typeof(Hub).IsAssignableTo(method.GetBaseDefinition().DeclaringType));

    /// <summary>The status that the hub answers; 101 for who is let in.</summary>
    private async Task<int> ConnectAsync(ClientWebSocket socket, Visitor visitor, string path)
    {
        socket.Options.CollectHttpResponseDetails = true;
        socket.Options.SetRequestHeader("Origin", visited.App.BaseAddress.GetLeftPart(UriPartial.Authority));
        if (visitor.Key is { } key) socket.Options.SetRequestHeader("Authorization", $"Bearer {key}");
        if (visitor.Cookies is { } cookies) socket.Options.Cookies = cookies;
        try
        {
            await socket.ConnectAsync(new UriBuilder(visited.App.BaseAddress) { Scheme = "ws", Path = path }.Uri, Cancellation);
        }
        catch (WebSocketException)
        {
            // The status tells.
        }

        return (int)socket.HttpStatusCode;
    }

    /// <summary>Calls the method with nothing much, and returns the error that it ends with.</summary>
    private static async Task<string?> InvokeAsync(ClientWebSocket socket, string id, MethodInfo method)
    {
        var arguments = method.GetParameters().Select(parameter => parameter.ParameterType.IsValueType ? Activator.CreateInstance(parameter.ParameterType) : null).ToList();
        await SendAsync(socket, JsonSerializer.Serialize(new { type = 1, invocationId = id, target = method.Name, arguments }));
        while (true)
        {
            foreach (var message in await ReceiveAsync(socket))
            {
                if (message.TryGetProperty("invocationId", out var answered) && answered.GetString() == id) return message.TryGetProperty("error", out var error) ? error.GetString() : null;
            }
        }
    }

    private static Task SendAsync(ClientWebSocket socket, string message) => socket.SendAsync(Encoding.UTF8.GetBytes(message + EndOfMessage), WebSocketMessageType.Text, true, Cancellation);

    /// <summary>The next messages, complete.</summary>
    private static async Task<IReadOnlyList<JsonElement>> ReceiveAsync(ClientWebSocket socket)
    {
        var (text, buffer) = (new StringBuilder(), new byte[16_384]);
        do
        {
            var received = await socket.ReceiveAsync(buffer, Cancellation);
            received.MessageType.ShouldBe(WebSocketMessageType.Text);
            text.Append(Encoding.UTF8.GetString(buffer, 0, received.Count));
        }
        while (text[^1] != EndOfMessage);
        return [.. text.ToString().Split(EndOfMessage, StringSplitOptions.RemoveEmptyEntries).Select(message => JsonDocument.Parse(message).RootElement)];
    }
}
