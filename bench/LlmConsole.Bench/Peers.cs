using System.Diagnostics;

namespace LlmConsole.Bench;

/// <summary>One of the servers that are compared.</summary>
/// <param name="Name">As it stands in the table.</param>
/// <param name="Does">What it does with each call.</param>
/// <param name="Missing">Why it can't run here; none when it can.</param>
/// <param name="Start">Starts it on a core, listening on a port, asking the provider at another.</param>
/// <param name="Key">The key that its calls need.</param>
internal sealed record Peer(string Name, string Does, string? Missing, Func<int, int, int, Server> Start, string? Key = null)
{
    public bool HasCache { get; init; }

    /// <summary>What its calls need beside the key.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }
}

internal static class Peers
{
    private const string RedisPort = "6391";
    private const string PortkeyEntry = "node_modules/@portkey-ai/gateway/build/start-server.js";

    public static string Self => Environment.ProcessPath!;

    public static Peer Yarp => new("YARP", "passes on; nothing else", null, (core, port, upstream) => Server.Start(core, Self, ["yarp", $"{port}", $"{upstream}"], Warm));

    /// <summary>.NET waits ten times as long before it compiles anew when it sees one core; the steady state is the same, only later.</summary>
    public static readonly IReadOnlyDictionary<string, string> Warm = new Dictionary<string, string> { ["DOTNET_TC_DelaySingleProcMultiplier"] = "1" };

    public static Peer Nginx(string work) => new("nginx", "passes on; nothing else", Needs("nginx", "-v"), (core, port, upstream) =>
    {
        var file = Path.Combine(work, "nginx.conf");
        File.WriteAllText(file, $$"""
            daemon off; worker_processes 1; pid {{work}}/nginx.pid; error_log /dev/null;
            events { worker_connections 4096; }
            http {
              access_log off; client_body_temp_path {{work}}/body; proxy_temp_path {{work}}/proxy; fastcgi_temp_path {{work}}/f; uwsgi_temp_path {{work}}/u; scgi_temp_path {{work}}/s;
              upstream mock { server 127.0.0.1:{{upstream}}; keepalive 1024; }
              server { listen 127.0.0.1:{{port}}; location / { proxy_pass http://mock; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; } }
            }
            """);
        return Server.Start(core, "nginx", ["-c", file]);
    });

    public static Peer FastApi(string sources) => new(
        "FastAPI", "key, rate limit and exact cache in Redis, cost, log line; httpx, uvicorn", Needs("python3", "-c", "import fastapi, uvicorn, httpx, redis") ?? Needs("redis-server", "--version"), (core, port, upstream) =>
        {
            // Redis shares the core of the provider; its own CPU isn't counted.
            var redis = $"taskset -c 1 redis-server --port {RedisPort} --save '' --appendonly no & trap \"kill $!\" TERM; sleep 0.5; redis-cli -p {RedisPort} hset key:bench tenant bench limit 10000000; ";
            var app = $"cd {sources} && python3 -m uvicorn fastapi_gateway:app --port {port} --no-access-log --log-level warning & wait $!";
            return Server.Start(core, "/bin/sh", ["-c", redis + app], new Dictionary<string, string> { ["UPSTREAM"] = $"{upstream}", ["REDIS_PORT"] = RedisPort });
        }, Key: "bench")
    { HasCache = true };

    public static Peer Portkey(string? directory, int mock) => new(
        "Portkey", "passes on; no key, limit or cache", directory is null || !File.Exists(Path.Combine(directory, PortkeyEntry)) ? "set PORTKEY to a directory in which npm installed @portkey-ai/gateway" : Needs("node", "--version"),
        (core, port, _) => Server.Start(core, "node", [Path.Combine(directory!, PortkeyEntry), "--headless", $"--port={port}"], new Dictionary<string, string> { ["NODE_ENV"] = "production" }), Key: "x")
    {
        Headers = new Dictionary<string, string> { ["x-portkey-provider"] = "openai", ["x-portkey-custom-host"] = $"http://127.0.0.1:{mock}/v1" },
    };

    private static string? Needs(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0 ? null : $"{program} {string.Join(' ', arguments)} fails";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return $"{program} is not installed";
        }
    }
}
