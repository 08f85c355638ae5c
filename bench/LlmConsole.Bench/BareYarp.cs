using System.Net;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace LlmConsole.Bench;

/// <summary>Bare YARP: one route, no sign-in, no limit, no log. What a .NET proxy costs that does nothing but pass on.</summary>
internal static class BareYarp
{
    public static async Task RunAsync(int port, int upstream)
    {
        var app = Bare.App(port, builder => builder.Services.AddReverseProxy().LoadFromMemory(
            [new RouteConfig { RouteId = "all", ClusterId = "mock", Match = new RouteMatch { Path = "/{**all}" } }],
            [
                new ClusterConfig
                {
                    ClusterId = "mock", HttpRequest = new ForwarderRequestConfig { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact, ActivityTimeout = TimeSpan.FromMinutes(5) },
                    Destinations = new Dictionary<string, DestinationConfig> { ["mock"] = new() { Address = $"http://127.0.0.1:{upstream}" } },
                },
            ]));
        app.MapReverseProxy();
        await app.RunAsync();
    }
}
