using System.Diagnostics;
using Npgsql;

namespace LlmConsole.Tests.Support;

/// <summary>A PostgreSQL server of the tests' own: a fresh cluster in a temporary directory, on a free port of 127.0.0.1, gone when the tests end.</summary>
public sealed class PostgresServer : IAsyncLifetime
{
    private const string Account = "postgres";

    private string? _directory;
    private Process? _server;
    private Task<string>? _log;
    private int _port;

    public async ValueTask InitializeAsync()
    {
        if (Binaries() is not { } binaries) return;
        _directory = Directory.CreateTempSubdirectory("llmconsole-pg-").FullName;
        if (Environment.IsPrivilegedProcess) await RunAsync("chown", Account, _directory);
        _port = Ports.Free();
        var data = Path.Combine(_directory, "data");
        await EndAsync(AsAccount(Path.Combine(binaries, "initdb"), "-D", data, "-U", Account, "-A", "trust", "--no-sync", "-E", "UTF8"));
        await StartAsync();
    }

    /// <summary>Starts the server again, on its old port with its old data.</summary>
    public async Task StartAsync()
    {
        _server = AsAccount(Path.Combine(Binaries()!, "postgres"), "-D", Path.Combine(_directory!, "data"), "-k", _directory!, "-p", $"{_port}", "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "max_connections=400");
        await ReadyAsync();
    }

    public bool IsThere => _server is not null;

    /// <summary>A connection string to a new database, empty or as the other one, to which nobody is connected; skips the test where there is no server.</summary>
    public async Task<string> NewDatabaseAsync(string? template = null)
    {
        Needs.Postgres(IsThere);
        var name = $"t{Guid.NewGuid():N}";

        // Not from a pool, whose connections a kill leaves dead.
        await using var connection = new NpgsqlConnection($"{ConnectionString("postgres")};Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand($"CREATE DATABASE {name} TEMPLATE {template ?? "template0"}", connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return ConnectionString(name);
    }

    /// <summary>Runs one of PostgreSQL's own programs on a database of the server.</summary>
    public Task RunToolAsync(string program, string database, params string[] arguments) =>
        RunAsync(Path.Combine(Binaries()!, program), ["--host", "127.0.0.1", "--port", $"{_port}", "--username", Account, "--dbname", database, .. arguments]);

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        if (_directory is not null) Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Takes the server away, as a crash does.</summary>
    public async Task KillAsync()
    {
        if (_server is null) return;
        _server.Kill(entireProcessTree: true);
        await _server.WaitForExitAsync();
        if (_log is not null) await _log;
        _server.Dispose();
        _server = null;
    }

    private static string? Binaries() =>
        Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin")).Where(bin => File.Exists(Path.Combine(bin, "initdb"))).Order().LastOrDefault()
            : null;

    private string ConnectionString(string database) => $"Host=127.0.0.1;Port={_port};Username={Account};Database={database};Timeout=30";

    /// <summary>The server prints this line once it takes connections.</summary>
    private async Task ReadyAsync()
    {
        while (await _server!.StandardError.ReadLineAsync() is { } line)
        {
            if (!line.Contains("ready to accept connections", StringComparison.Ordinal)) continue;

            // Its log must go on being read, or the server stops when the pipe is full.
            _log = _server.StandardError.ReadToEndAsync();
            return;
        }

        throw new InvalidOperationException("PostgreSQL ended before it was ready.");
    }

    /// <summary>PostgreSQL refuses to run as root.</summary>
    private static Process AsAccount(string program, params string[] arguments) =>
        Environment.IsPrivilegedProcess ? Start("setpriv", ["--reuid", Account, "--regid", Account, "--init-groups", program, .. arguments]) : Start(program, arguments);

    private static Task RunAsync(string program, params string[] arguments) => EndAsync(Start(program, arguments));

    private static Process Start(string program, string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = "/" })!;

    private static async Task EndAsync(Process process)
    {
        using (process)
        {
            var errors = process.StandardError.ReadToEndAsync();
            await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            if (process.ExitCode != 0) throw new InvalidOperationException($"{process.StartInfo.FileName} failed: {await errors}");
        }
    }
}
