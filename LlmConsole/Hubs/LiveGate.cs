using System.Collections.Concurrent;
using LlmConsole.Authentication;
using Microsoft.AspNetCore.SignalR;

namespace LlmConsole.Hubs;

/// <summary>Lets viewers of the live metrics in while there are seats, and knows who is there. Whoever gets none is told why, and that the connection is over.</summary>
internal sealed class LiveGate(OpenPages pages) : IHubFilter
{
    private readonly ConcurrentDictionary<string, HubCallerContext> _viewers = new();

    /// <summary>The connections of those who are there.</summary>
    public IEnumerable<HubCallerContext> Viewers => _viewers.Values;

    public async Task OnConnectedAsync(HubLifetimeContext context, Func<HubLifetimeContext, Task> next)
    {
        if (pages.Open(context.Context.User!.Id()) is { } refusal) throw new HubException(refusal);
        _viewers[context.Context.ConnectionId] = context.Context;
        try
        {
            await next(context);
        }
        catch
        {
            // The hub isn't told of the end of a connection that didn't get in.
            Leave(context.Context);
            throw;
        }
    }

    public Task OnDisconnectedAsync(HubLifetimeContext context, Exception? exception, Func<HubLifetimeContext, Exception?, Task> next)
    {
        Leave(context.Context);
        return next(context, exception);
    }

    private void Leave(HubCallerContext viewer)
    {
        _viewers.TryRemove(viewer.ConnectionId, out _);
        pages.Close(viewer.User!.Id());
    }
}
