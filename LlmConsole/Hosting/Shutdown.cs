using Microsoft.AspNetCore.Connections;

namespace LlmConsole.Hosting;

/// <summary>
/// How the process leaves. Readiness goes off first, and calls are still taken for <c>Hosting:LeaveSeconds</c>, each on a connection that closes after it, so that balancers
/// turn to other instances without losing one. Then nothing is taken any more, and what is under way has <c>Hosting:DrainSeconds</c>; at the deadline calls end with an
/// error that says so. Registered before everything else that is told of the stop, it lets that begin first.
/// </summary>
internal sealed class Shutdown(Settings settings, Listeners listeners, IHostApplicationLifetime lifetime, TimeProvider time) : IHostedLifecycleService, IDisposable
{
    /// <summary>After the deadline: the last errors go out, jobs are handed back, the books are written.</summary>
    private static readonly TimeSpan Closing = TimeSpan.FromSeconds(15);

    /// <summary>A connection that was opened at the last moment brings its request within this time.</summary>
    private static readonly TimeSpan LastArrivals = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _deadline = new(Timeout.InfiniteTimeSpan, time);

    /// <summary>The process was told to stop.</summary>
    public bool HasBegun => lifetime.ApplicationStopping.IsCancellationRequested;

    /// <summary>Cancelled when calls can't be waited for any longer.</summary>
    public CancellationToken Deadline => _deadline.Token;

    public static TimeSpan Longest(Settings settings) => TimeSpan.FromSeconds(settings.LeaveSeconds + settings.DrainSeconds) + Closing;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        lifetime.StopApplication();
        _deadline.CancelAfter(TimeSpan.FromSeconds(settings.LeaveSeconds + settings.DrainSeconds));
        if (settings.LeaveSeconds == 0) return;
        await Task.Delay(TimeSpan.FromSeconds(settings.LeaveSeconds), time, cancellationToken);
        await listeners.CloseAsync(cancellationToken);
        await Task.Delay(LastArrivals, time, cancellationToken);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _deadline.Dispose();
}

internal static class Leaving
{
    /// <summary>Must come before other hosted services.</summary>
    public static IServiceCollection AddShutdown(this IServiceCollection services, Settings settings) => services
        .Configure<HostOptions>(options => options.ShutdownTimeout = Shutdown.Longest(settings))
        .AddSingleton<Listeners>()
        .AddSingleton<IConnectionListenerFactory>(provider => provider.GetRequiredService<Listeners>())
        .AddSingleton<Shutdown>()
        .AddHostedService(provider => provider.GetRequiredService<Shutdown>());

    /// <summary>From the moment of the stop on, a connection is closed after the next request that it carries, which is told so, and none is opened to stay.</summary>
    public static void UseShutdown(this WebApplication app)
    {
        var shutdown = app.Services.GetRequiredService<Shutdown>();
        app.Use(next => context =>
        {
            if (!shutdown.HasBegun) return next(context);
            if (HttpProtocol.IsHttp11(context.Request.Protocol)) context.Response.Headers.Connection = "close";
            if (!Stays(context.Request)) return next(context);
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return Task.CompletedTask;
        });
    }

    /// <summary>Circuits and hubs: they were told to go elsewhere, and must not come back here.</summary>
    private static bool Stays(HttpRequest request) => request.Path.StartsWithSegments("/_blazor") || request.Path.StartsWithSegments("/hubs");
}
