using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace LlmConsole.Tests.Support;

/// <summary>Debian's nginx with the sample of <c>deploy/</c>, in front of instances of the tests' own, on a free port of 127.0.0.1. Only addresses and directories differ from the sample.</summary>
internal sealed partial class NginxServer : IAsyncDisposable
{
    private const string Program = "nginx";

    private readonly string _directory;
    private readonly Process _process;
    private readonly Task _log;

    private NginxServer(string directory, Process process, int port)
    {
        (_directory, _process, BaseAddress) = (directory, process, new Uri($"http://127.0.0.1:{port}"));
        _log = ReadAsync();
    }

    /// <summary>What it could not pass on, and why.</summary>
    public ConcurrentQueue<string> Errors { get; } = new();

    public Uri BaseAddress { get; }

    /// <summary>Starts it in front of instances at these ports; skips the test where there is no nginx.</summary>
    public static async Task<NginxServer> StartAsync(params int[] instances)
    {
        Needs.Program(Program);
        var (directory, port) = (Directory.CreateTempSubdirectory("llmconsole-nginx-").FullName, Ports.Free());
        var sample = await File.ReadAllTextAsync(Path.Combine(RepositoryFiles.Root, "deploy", "nginx.conf"));
        var servers = string.Concat(instances.Select(instance => $"server 127.0.0.1:{instance}$1;\n"));
        var bodies = string.Concat(((string[])["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]).Select(kind => $"{kind}_temp_path {directory}/{kind};\n"));
        var config = SampleServers().Replace(sample, servers).Replace("listen 80;", $"listen 127.0.0.1:{port};", StringComparison.Ordinal)
            .Replace("http {", $"http {{ access_log off;\n{bodies}", StringComparison.Ordinal);
        var file = Path.Combine(directory, "nginx.conf");
        await File.WriteAllTextAsync(file, config);
        var start = new ProcessStartInfo(Needs.Find(Program)!, ["-p", directory, "-c", file, "-e", "stderr", "-g", $"daemon off; pid {directory}/pid; error_log stderr notice; user root;"]);
        start.RedirectStandardError = true;
        var process = Process.Start(start)!;
        var said = new List<string>();
        while (await process.StandardError.ReadLineAsync() is { } line)
        {
            said.Add(line);
            if (line.Contains("start worker process ", StringComparison.Ordinal)) return new NginxServer(directory, process, port);
        }

        throw new InvalidOperationException($"nginx ended before it was ready: {string.Join('\n', said)}");
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        await _log;
        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            if (line.Contains("[error]", StringComparison.Ordinal)) Errors.Enqueue(line);
        }
    }

    /// <summary>The instances of one upstream, with what is said of each.</summary>
    [GeneratedRegex(@"server app1:8080(.*);\s*server app2:8080.*;")]
    private static partial Regex SampleServers();
}
