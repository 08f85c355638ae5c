using System.Diagnostics;
using System.Text.RegularExpressions;

namespace LlmConsole.Tests.Support;

/// <summary>The app as a process of its own, from the build output, so that it can be killed.</summary>
internal sealed partial class AppProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task _draining;

    private AppProcess(Process process, Uri address)
    {
        (_process, BaseAddress) = (process, address);
        _draining = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
    }

    public Uri BaseAddress { get; }

    /// <summary>Starts it on a free port; completes when it listens.</summary>
    public static async Task<AppProcess> StartAsync(string dataDirectory)
    {
        var app = Path.Combine(AppContext.BaseDirectory, "LlmConsole.dll");
        var start = new ProcessStartInfo("dotnet", [app, "--urls", "http://127.0.0.1:0", "--Data:Directory", dataDirectory])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = dataDirectory,

            // It lives for seconds: measuring its hot paths to compile them better would only cost.
            Environment = { ["DOTNET_TieredPGO"] = "0" },
        };
        var process = Process.Start(start)!;
        var output = new List<string>();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            output.Add(line);
            if (Listening().Match(line) is { Success: true } match) return new AppProcess(process, new Uri(match.Value));
        }

        throw new InvalidOperationException($"The app ended before it listened: {string.Join('\n', output)}\n{await process.StandardError.ReadToEndAsync()}");
    }

    /// <summary>SIGKILL: nothing of the process runs any more.</summary>
    public void Kill() => _process.Kill();

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        await _draining;
        _process.Dispose();
    }

    [GeneratedRegex(@"(?<=Now listening on.*)http://127\.0\.0\.1:\d+")]
    private static partial Regex Listening();
}
