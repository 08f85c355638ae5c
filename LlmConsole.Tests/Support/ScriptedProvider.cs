using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Support;

/// <summary>
/// An OpenAI-compatible provider on a real socket that does exactly what a test tells it to, and remembers what it was asked.
/// <code>
/// provider.Next(Play.Stream(Sse.Delta("Hel"), gate.Task, Sse.Delta("lo"), Sse.Finish(), Sse.Usage(3, 2), Sse.Done));
/// </code>
/// </summary>
public sealed class ScriptedProvider : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly ConcurrentQueue<Behaviour> _script = new();
    private readonly Lock _lock = new();
    private readonly List<(Func<ReceivedRequest, bool> Which, TaskCompletionSource<ReceivedRequest> Arrived)> _waiting = [];
    private ReceivedRequest[] _requests = [];

    private ScriptedProvider(WebApplication server)
    {
        _server = server;
        server.MapGet("/v1/models", context => Models(context));
        server.MapFallback(PlayAsync);
    }

    /// <summary>The address to give to the app, <c>/v1</c> included.</summary>
    public Uri BaseUrl => new(_server.Urls.Single() + "/v1");

    /// <summary>What it does when the script is at its end: a short answer, streamed or not as asked.</summary>
    public Behaviour Otherwise { get; set; } = Play.Answer("Hello.");

    /// <summary>What it says when asked for its models.</summary>
    public Behaviour Models { get; set; } = Play.Json("""{"object":"list","data":[{"id":"m","object":"model"}]}""");

    /// <summary>The requests for answers, in order of arrival.</summary>
    public IReadOnlyList<ReceivedRequest> Requests => Volatile.Read(ref _requests);

    public static async Task<ScriptedProvider> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Limits.MaxRequestBodySize = null;
        });
        builder.Services.AddRouting();
        var provider = new ScriptedProvider(builder.Build());
        await provider._server.StartAsync();
        return provider;
    }

    /// <summary>Adds to the script: each request takes the next behaviour.</summary>
    public ScriptedProvider Next(params Behaviour[] behaviours)
    {
        foreach (var behaviour in behaviours) _script.Enqueue(behaviour);
        return this;
    }

    /// <summary>The first request, as soon as it has arrived.</summary>
    public Task<ReceivedRequest> RequestAsync() => RequestAsync(_ => true);

    /// <summary>The first request of this kind, as soon as it has arrived.</summary>
    public Task<ReceivedRequest> RequestAsync(Func<ReceivedRequest, bool> which)
    {
        lock (_lock)
        {
            if (_requests.FirstOrDefault(which) is { } request) return Task.FromResult(request);
            var arrived = new TaskCompletionSource<ReceivedRequest>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((which, arrived));
            return arrived.Task.WaitAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>So many requests have arrived.</summary>
    public Task RequestsAsync(int count) => RequestAsync(_ => Requests.Count >= count);

    public async ValueTask DisposeAsync()
    {
        // Streams that a test left open would hold up a graceful stop.
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _server.StopAsync(now.Token);
        await _server.DisposeAsync();
    }

    private async Task PlayAsync(HttpContext context)
    {
        var request = await ReceivedRequest.ReadAsync(context);
        if (!_script.TryDequeue(out var behaviour)) behaviour = Otherwise;
        context.Features.Set(request);
        Add(request);
        try
        {
            await behaviour(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client left while the script was still playing; request.Aborted tells the test.
        }
    }

    private void Add(ReceivedRequest request)
    {
        lock (_lock)
        {
            Volatile.Write(ref _requests, [.. _requests, request]);
            foreach (var (_, arrived) in _waiting.Where(waiter => waiter.Which(request))) arrived.TrySetResult(request);
        }
    }
}

/// <summary>What the provider does with one request. The body was already read.</summary>
public delegate Task Behaviour(HttpContext context);
