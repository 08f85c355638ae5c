using System.Net;
using System.Net.Sockets;

namespace LlmConsole.Tests.Support;

/// <summary>Stands before a store or an app on 127.0.0.1. It can make it hang, when connections are taken and nothing is passed on until it is told to go on, slow it down, and cut it off, when they break.</summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _accepting;
    private int _target;
    private TimeSpan? _pause;
    private CancellationTokenSource _cut = null!;
    private TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private TcpProxy(int target)
    {
        Join(target);
        _open.SetResult();
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public static TcpProxy To(int port) => new(port);

    /// <summary>Every connection breaks, and so does each new one, until <see cref="Join"/>.</summary>
    public void Cut() => _cut.Cancel();

    /// <summary>Connections hold again, and lead to this port.</summary>
    public void Join(int port)
    {
        _target = port;
        _cut = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
    }

    public void Hang() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whatever is said in either direction arrives so much later, until <see cref="Resume"/>.</summary>
    public void SlowDown(TimeSpan pause) => _pause = pause;

    public void Resume()
    {
        _pause = null;
        _open.TrySetResult();
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _cut.CancelAsync();
        Resume();
        _listener.Stop();
        await _accepting;
        _end.Dispose();
        _cut.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = CarryAsync(await _listener.AcceptTcpClientAsync(_end.Token));
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // Disposed.
        }
    }

    private async Task CarryAsync(TcpClient client)
    {
        using (client)
        {
            using var store = new TcpClient();
            var cut = _cut.Token;
            try
            {
                await store.ConnectAsync(IPAddress.Loopback, _target, cut);
                await Task.WhenAny(PassAsync(client.GetStream(), store.GetStream(), cut), PassAsync(store.GetStream(), client.GetStream(), cut));
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // The store is away: so is this.
            }
        }
    }

    private async Task PassAsync(NetworkStream from, NetworkStream to, CancellationToken cut)
    {
        var buffer = new byte[16_384];
        try
        {
            while (await from.ReadAsync(buffer, cut) is > 0 and var count)
            {
                await _open.Task.WaitAsync(cut);
                if (_pause is { } pause) await PauseAsync(pause, cut);
                await to.WriteAsync(buffer.AsMemory(0, count), cut);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // One side is gone: the other is closed too.
        }
    }

    private static async Task PauseAsync(TimeSpan pause, CancellationToken cut)
    {
        using var tick = new PeriodicTimer(pause);
        await tick.WaitForNextTickAsync(cut);
    }
}
