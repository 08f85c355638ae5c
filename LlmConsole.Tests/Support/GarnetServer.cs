using LlmConsole.Core.Redis;

namespace LlmConsole.Tests.Support;

/// <summary>Garnet inside the test process: speaks Redis' protocol, with Lua, publishing and vector sets. For the cases that don't need the real Redis.</summary>
public sealed class GarnetServer : IDisposable
{
    private readonly Garnet.GarnetServer _server;

    private GarnetServer(int port)
    {
        ConnectionString = $"127.0.0.1:{port}";
        _server = new Garnet.GarnetServer(
        [
            "--bind", "127.0.0.1", "--port", $"{port}", "--lua", "true", "--lua-transaction-mode", "true", "--enable-vector-set-preview", "true", "--memory", "64m", "--page", "2m", "--index", "1m", "--logger-level", "None", "-q",
        ]);
        _server.Start();
    }

    public string ConnectionString { get; }

    /// <summary>Starts a server on a free port of 127.0.0.1, with nothing in it.</summary>
    public static GarnetServer Start() => new(Ports.Free());

    /// <summary>As the app's settings say it, with a bound that a busy test machine doesn't reach.</summary>
    public RedisOptions Options => new(ConnectionString) { Timeout = TimeSpan.FromSeconds(20) };

    public void Dispose() => _server.Dispose();
}
