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
    public static Task<AppProcess> StartAsync(string dataDirectory, params (string Key, string Value)[] settings) => StartAsync(0, dataDirectory, settings);

    /// <summary>Starts it on this port; completes when it listens.</summary>
    public static async Task<AppProcess> StartAsync(int port, string dataDirectory, params (string Key, string Value)[] settings)
    {
        var app = Path.Combine(AppContext.BaseDirectory, "LlmConsole.dll");
        var start = new ProcessStartInfo("dotnet", [app, "--urls", $"http://127.0.0.1:{port}", "--Data:Directory", dataDirectory, .. settings.SelectMany(setting => new[] { $"--{setting.Key}", setting.Value })])
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

    /// <summary>SIGSTOP: everything in it stands still, and nobody outside is told.</summary>
    public Task PauseAsync() => SignalAsync("STOP");

    /// <summary>SIGCONT: it goes on in the middle of what it did.</summary>
    public Task ResumeAsync() => SignalAsync("CONT");

    /// <summary>SIGTERM: the process is told to stop, and does at its own pace.</summary>
    public Task TellToStopAsync() => SignalAsync("TERM");

    /// <summary>Tells it to stop and waits for it; what it exits with.</summary>
    public async Task<int> StopAsync()
    {
        await TellToStopAsync();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
        kill.ExitCode.ShouldBe(0);
    }

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
