using System.Diagnostics;
using System.Net.Sockets;

namespace LlmConsole.Bench;

/// <summary>A process, on a core of its own if one is named, whose CPU time and memory can be read. Its children count with it.</summary>
internal sealed class Server : IDisposable
{
    private const double TicksPerSecond = 100;
    private readonly Process _process;

    private Server(Process process) => _process = process;

    public static Server Start(int? core, string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? log = null)
    {
        // exec keeps the process id; a shell is the plainest way to send output to a file.
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"exec {(core is null ? "" : $"taskset -c {core} ")}\"$0\" \"$@\" > {log ?? "/dev/null"} 2>&1", program, .. arguments]);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        return new Server(Process.Start(start)!);
    }

    public bool HasEnded => _process.HasExited;

    /// <summary>Completes when the port takes connections.</summary>
    public async Task ListensAsync(int port)
    {
        for (var i = 0; i < 3_000 && !HasEnded; i++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync("127.0.0.1", port);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(10);
            }
        }

        throw new InvalidOperationException($"{_process.StartInfo.ArgumentList[2]} does not listen on {port}.");
    }

    /// <summary>User and system time so far, in seconds.</summary>
    public double Cpu() => Cpu(_process.Id);

    /// <inheritdoc cref="Cpu()"/>
    public static double Cpu(int process) => Tree(process).Sum(id => Stat(id) is { } stat ? (double.Parse(stat[11]) + double.Parse(stat[12])) / TicksPerSecond : 0);

    /// <summary>Resident memory, in megabytes.</summary>
    public double Memory() => Memory(_process.Id);

    /// <inheritdoc cref="Memory()"/>
    public static double Memory(int process) => Tree(process).Sum(id => File.ReadLines($"/proc/{id}/status").FirstOrDefault(line => line.StartsWith("VmRSS", StringComparison.Ordinal))?.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1] is { } kilobytes ? double.Parse(kilobytes) / 1024 : 0);

    public void Dispose()
    {
        if (!HasEnded)
        {
            // A child may have gone with its parent.
            using var kill = Process.Start(new ProcessStartInfo("kill", ["-TERM", .. Tree(_process.Id).Select(id => $"{id}")]) { RedirectStandardError = true });
            if (!_process.WaitForExit(TimeSpan.FromSeconds(15))) _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private static string[]? Stat(int id) => File.Exists($"/proc/{id}/stat") ? File.ReadAllText($"/proc/{id}/stat").Split(") ", 2)[1].Split(' ') : null;

    private static IEnumerable<int> Tree(int id) =>
        File.Exists($"/proc/{id}/task/{id}/children")
            ? File.ReadAllText($"/proc/{id}/task/{id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse).SelectMany(Tree).Prepend(id)
            : [];
}
