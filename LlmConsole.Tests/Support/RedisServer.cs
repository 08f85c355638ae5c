using System.Diagnostics;
using LlmConsole.Core.Redis;
using StackExchange.Redis;

namespace LlmConsole.Tests.Support;

/// <summary>A Redis server of the tests' own: Debian's redis-server as a process, on a free port of 127.0.0.1, without persistence. It can hang, die and come back.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private const string Program = "redis-server";

    private readonly int _port = Ports.Free();
    private string[] _further = [];
    private Process? _process;
    private Task? _log;

    private RedisServer()
    {
    }

    public string ConnectionString => $"127.0.0.1:{_port}";

    /// <summary>As the app's settings say it, with a bound that a busy test machine doesn't reach.</summary>
    public RedisOptions Options => new(ConnectionString) { Timeout = TimeSpan.FromSeconds(20) };

    /// <summary>Starts an empty server; skips the test where there is none.</summary>
    public static async Task<RedisServer> StartAsync()
    {
        Needs.Program(Program);
        var server = new RedisServer();
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Starts an empty cluster of one node, which has all slots and insists, as every cluster does, that the keys of one command lie in one. Its bus has a port of its own: the default, 10,000 above the other, is often beyond the last port there is.</summary>
    public static async Task<RedisServer> StartClusterAsync()
    {
        Needs.Program(Program);
        var server = new RedisServer { _further = ["--cluster-enabled", "yes", "--cluster-port", $"{Ports.Free()}", "--cluster-config-file", $"nodes-{Guid.NewGuid():N}.conf"] };
        await server.StartAgainAsync();
        await using var redis = await ConnectionMultiplexer.ConnectAsync($"{server.ConnectionString},allowAdmin=true,asyncTimeout=60000");
        await redis.GetServers()[0].ExecuteAsync("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!$"{await redis.GetServers()[0].ExecuteAsync("CLUSTER", "INFO")}".Contains("cluster_state:ok", StringComparison.Ordinal)) await ticks.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        return server;
    }

    /// <summary>Starts it on its old port, with nothing in it.</summary>
    public async Task StartAgainAsync()
    {
        _process = Process.Start(new ProcessStartInfo(Needs.Find(Program)!, ["--port", $"{_port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", Path.GetTempPath(), .. _further]) { RedirectStandardOutput = true })!;
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (!line.Contains("Ready to accept connections", StringComparison.Ordinal)) continue;
            _log = _process.StandardOutput.ReadToEndAsync();
            return;
        }

        throw new InvalidOperationException("Redis ended before it was ready.");
    }

    /// <summary>It takes connections and answers nothing until <see cref="ResumeAsync"/>.</summary>
    public Task HangAsync() => SignalAsync("STOP");

    public Task ResumeAsync() => SignalAsync("CONT");

    /// <summary>Takes it away, as a crash does; what it held is gone.</summary>
    public async Task KillAsync()
    {
        if (_process is null) return;
        _process.Kill();
        await _process.WaitForExitAsync();
        await _log!;
        _process.Dispose();
        _process = null;
    }

    public async ValueTask DisposeAsync() => await KillAsync();

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process!.Id}"]);
        await kill.WaitForExitAsync();
    }
}
