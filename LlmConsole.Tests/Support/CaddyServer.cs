using System.Diagnostics;

namespace LlmConsole.Tests.Support;

/// <summary>Debian's Caddy with the sample of <c>deploy/</c>, in front of two instances of the tests' own, on a free port of 127.0.0.1. Only addresses and directories differ from the sample.</summary>
internal sealed class CaddyServer : IAsyncDisposable
{
    private const string Program = "caddy";

    private readonly string _directory;
    private readonly Process _process;
    private readonly Task<string> _log;

    private CaddyServer(string directory, Process process, int port)
    {
        (_directory, _process, BaseAddress) = (directory, process, new Uri($"http://127.0.0.1:{port}"));
        _log = process.StandardError.ReadToEndAsync();
    }

    public Uri BaseAddress { get; }

    /// <summary>Starts it in front of instances at these ports; skips the test where there is no Caddy.</summary>
    public static async Task<CaddyServer> StartAsync(int first, int second)
    {
        Needs.Program(Program);
        var (directory, port) = (Directory.CreateTempSubdirectory("llmconsole-caddy-").FullName, Ports.Free());
        var sample = await File.ReadAllTextAsync(Path.Combine(RepositoryFiles.Root, "deploy", "Caddyfile"));
        var config = sample.Replace("app1:8080 app2:8080", $"127.0.0.1:{first} 127.0.0.1:{second}", StringComparison.Ordinal).Replace(":80 {", $"http://127.0.0.1:{port} {{", StringComparison.Ordinal);
        var file = Path.Combine(directory, "Caddyfile");
        await File.WriteAllTextAsync(file, $"{{\n\tadmin off\n}}\n{config}");
        var start = new ProcessStartInfo(Needs.Find(Program)!, ["run", "--config", file, "--adapter", "caddyfile"])
        {
            RedirectStandardError = true, Environment = { ["HOME"] = directory, ["XDG_DATA_HOME"] = directory, ["XDG_CONFIG_HOME"] = directory },
        };
        var process = Process.Start(start)!;
        var said = new List<string>();
        while (await process.StandardError.ReadLineAsync() is { } line)
        {
            said.Add(line);
            if (line.Contains("serving initial configuration", StringComparison.Ordinal)) return new CaddyServer(directory, process, port);
        }

        throw new InvalidOperationException($"Caddy ended before it was ready: {string.Join('\n', said)}");
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        await _log;
        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
