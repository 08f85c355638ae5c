using Microsoft.AspNetCore.Connections;

namespace LlmConsole.Hosting;

/// <summary>
/// How the process leaves. Readiness goes off first, and calls are still taken for <c>Hosting:LeaveSeconds</c>, each on a connection that closes after it, so that balancers
/// turn to other instances without losing one. Then nothing is taken any more, and what is under way has <c>Hosting:DrainSeconds</c>; at the deadline calls end with an
/// error that says so. Registered before everything else that is told of the stop, it lets that begin first.
/// </summary>
internal sealed class Shutdown : IHostedLifecycleService, IDisposable
{
    /// <summary>After the deadline: the last errors go out, jobs are handed back, the books are written.</summary>
    private static readonly TimeSpan Closing = TimeSpan.FromSeconds(15);

    /// <summary>A connection that was opened at the last moment brings its request within this time.</summary>
    private static readonly TimeSpan LastArrivals = TimeSpan.FromMilliseconds(500);

    private readonly Settings _settings;
    private readonly Listeners _listeners;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _deadline;
    private readonly Lock _lock = new();
    private Task? _leaving;
    private bool _isDisposed;

    public Shutdown(Settings settings, Listeners listeners, IHostApplicationLifetime lifetime, TimeProvider time)
    {
        (_settings, _listeners, _lifetime, _time) = (settings, listeners, lifetime, time);
        _deadline = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        Deadline = _deadline.Token;
    }

    /// <summary>The process was told to stop.</summary>
    public bool HasBegun => _lifetime.ApplicationStopping.IsCancellationRequested;

    /// <summary>Cancelled when calls can't be waited for any longer.</summary>
    public CancellationToken Deadline { get; }

    public static TimeSpan Longest(Settings settings) => TimeSpan.FromSeconds(settings.LeaveSeconds + settings.DrainSeconds) + Closing;

    /// <summary>Whoever stops the host a second time waits for the first; a host that was torn down before it was stopped has nothing to leave.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        _lifetime.StopApplication();
        lock (_lock) return _leaving ??= LeaveAsync(cancellationToken);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _leaving ??= Task.CompletedTask;
            _deadline.Dispose();
        }
    }

    private async Task LeaveAsync(CancellationToken cancellation)
    {
        _deadline.CancelAfter(TimeSpan.FromSeconds(_settings.LeaveSeconds + _settings.DrainSeconds));
        try
        {
            cancellation.ThrowIfCancellationRequested();
            if (_settings.LeaveSeconds == 0) return;
            await Task.Delay(TimeSpan.FromSeconds(_settings.LeaveSeconds), _time, cancellation);
            await _listeners.CloseAsync(cancellation);
            await Task.Delay(LastArrivals, _time, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Whoever stops the host waits no longer: calls are told so before their connections close.
            await EndAsync();
        }
    }

    private Task EndAsync()
    {
        lock (_lock) return _isDisposed ? Task.CompletedTask : _deadline.CancelAsync();
    }
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
