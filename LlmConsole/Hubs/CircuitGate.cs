using LlmConsole.Authentication;
using Microsoft.AspNetCore.SignalR;

namespace LlmConsole.Hubs;

/// <summary>
/// Lets circuits begin while there are seats. A page without one stays as it was drawn and says why at once; if a seat becomes free soon, it goes on. Blazor offers no hook before a circuit is made, so this stands before the methods of its
/// hub. A seat goes with the connection of the page. A page that comes back to its circuit, after its network broke, gets a seat without asking; those that wait for it are
/// bounded by Blazor, and most of them never come back.
/// </summary>
internal sealed partial class CircuitGate(OpenPages pages, TimeProvider time, ILogger<CircuitGate> log) : IHubFilter
{
    /// <summary>What <c>circuit.js</c> listens to, and what makes Blazor give up instead of connecting again.</summary>
    private const string SeatMessage = "Seat", Failed = "JS.Error";

    /// <summary>A page that is loaded again may come before it is known that it went.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3), Pause = TimeSpan.FromMilliseconds(100);

    public async ValueTask<object?> InvokeMethodAsync(HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        switch (invocationContext.HubMethodName)
        {
            case "StartCircuit" or "ResumeCircuit" when await OpenAsync(invocationContext) is { } refusal:
                return await RefuseAsync(invocationContext, refusal);
            case "ConnectCircuit":
                PageOf(invocationContext.Context).Reopen();
                break;
        }

        return await next(invocationContext);
    }

    public async Task OnConnectedAsync(HubLifetimeContext context, Func<HubLifetimeContext, Task> next)
    {
        if (pages.Connect(context.Context.User!) is not { } page) throw new HubException("Too many connections are open.");
        context.Context.Items[typeof(OpenPage)] = page;
        try
        {
            await next(context);
        }
        catch
        {
            // The hub isn't told of the end of a connection that didn't get in.
            page.Dispose();
            throw;
        }
    }

    public Task OnDisconnectedAsync(HubLifetimeContext context, Exception? exception, Func<HubLifetimeContext, Exception?, Task> next)
    {
        PageOf(context.Context).Dispose();
        return next(context, exception);
    }

    private static OpenPage PageOf(HubCallerContext connection) => (OpenPage)connection.Items[typeof(OpenPage)]!;

    /// <returns>What a page was told that gets no seat, or null.</returns>
    private async Task<string?> OpenAsync(HubInvocationContext invocation)
    {
        var (connection, since) = (invocation.Context, time.GetTimestamp());
        var page = PageOf(connection);
        if (page.Open() is not { } refusal) return null;
        await invocation.Hub.Clients.Caller.SendAsync(SeatMessage, refusal, connection.ConnectionAborted);
        while (time.GetElapsedTime(since) < Patience)
        {
            await Task.Delay(Pause, time, connection.ConnectionAborted);
            if (page.Open() is not null) continue;
            await invocation.Hub.Clients.Caller.SendAsync(SeatMessage, null, connection.ConnectionAborted);
            return null;
        }

        return refusal;
    }

    private async Task<object?> RefuseAsync(HubInvocationContext invocation, string refusal)
    {
        LogRefused(invocation.Context.User!.Id(), refusal);
        await invocation.Hub.Clients.Caller.SendAsync(Failed, refusal);
        invocation.Context.Abort();
        return null;
    }

    [LoggerMessage(LogLevel.Information, "User {User} got no circuit: {Refusal}")]
    private partial void LogRefused(string user, string refusal);
}
