using LlmConsole.Authentication;
using LlmConsole.Core.Metering.Live;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;

namespace LlmConsole.Hubs;

/// <summary>
/// Live metrics for viewers outside the console: a session of someone who may see the console, or an admin key. The server sends <c>snapshot</c> once
/// and then <c>seconds</c>, at most four times a second, both as <see cref="LiveUpdate"/>: each second replaces what was known of it. Latencies are
/// histograms, as bucket and calls in turn.
/// </summary>
[Authorize(Policy = Access.View)]
internal sealed class LiveHub(LiveMetrics live) : Hub
{
    public override Task OnConnectedAsync() => Clients.Caller.SendAsync("snapshot", live.Snapshot(), Context.ConnectionAborted);
}

/// <summary>Passes on what changed to whoever listens.</summary>
internal sealed class LiveBroadcast(LiveMetrics live, IHubContext<LiveHub> hub) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        live.Updated += Send;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        live.Updated -= Send;
        return Task.CompletedTask;
    }

    private void Send(LiveUpdate update) => _ = hub.Clients.All.SendAsync("seconds", update);
}

internal static class HubRegistration
{
    public static IServiceCollection AddHubs(this IServiceCollection services)
    {
        services.AddSignalR().AddHubOptions<LiveHub>(hub => hub.AddFilter<LiveGate>());
        return services
            .AddSingleton<OpenPages>().AddSingleton<LiveGate>().AddSingleton<CircuitGate>()
            .AddHostedService<LiveBroadcast>().AddHostedService<LiveRights>();
    }

    public static void MapHubs(this WebApplication app) => app.MapHub<LiveHub>("/hubs/live");
}
