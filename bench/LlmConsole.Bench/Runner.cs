using System.Diagnostics;
using System.Text.Json;

namespace LlmConsole.Bench;

/// <summary>One measurement.</summary>
/// <param name="Cpu">Microseconds of CPU of the server, a call; for paced streams, a token.</param>
internal sealed record Measurement(string Server, string Scenario, double Cpu, LoadResult Load);

/// <summary>What a start of a server took: seconds until the first answer, and its memory two seconds later, in megabytes.</summary>
internal sealed record ColdStart(string Server, double Seconds, double Memory);

/// <summary>What many large bodies at once took: resident memory before them, at most, and a minute after them, in megabytes.</summary>
internal sealed record Burst(string Server, double Idle, double Most, double Later, int Ok, int Errors);

/// <summary>
/// Runs all scenarios against all servers that are there, alternating between them so that a machine that grows slower is slower for all. The server is
/// alone on one core; provider and load share another.
/// </summary>
internal static class Runner
{
    private const int ServerCore = 0;
    private const int OtherCore = 1;
    private const int MockPort = 9390;
    private const int WarmUps = 8;

    public static async Task<int> RunAsync(string[] args)
    {
        var options = Options.Read(args);
        if (options is null) return Options.Usage();
        Directory.CreateDirectory(options.Work);
        using var mock = Server.Start(OtherCore, Peers.Self, ["mock", $"{MockPort}"]);
        await mock.ListensAsync(MockPort);
        Peer[] peers =
        [
            Peers.Yarp, Peers.Nginx(options.Work), Peers.FastApi(Path.Combine(options.Repository, "bench/peers")), Peers.Portkey(Environment.GetEnvironmentVariable("PORTKEY"), MockPort),
            await Gateway.PrepareAsync(options.Repository, options.Work, MockPort),
        ];
        foreach (var peer in peers.Where(peer => peer.Missing is not null)) Console.WriteLine($"{peer.Name} is left out: {peer.Missing}.");
        Peer[] there = [.. peers.Where(peer => peer.Missing is null && (options.Only.Count == 0 || options.Only.Contains(peer.Name)))];
        var starts = await StartAsync(there);
        var results = new List<Measurement>();
        foreach (var scenario in Scenario.All.Where(scenario => options.Scenarios.Contains(scenario.Name))) results.AddRange(await MeasureAsync(scenario, there, options));
        var bursts = new List<Burst>();
        if (options.Scenarios.Contains(Scenario.Burst.Name)) bursts = await BurstAsync(there, options);
        Report.Write(options, peers, starts, results, bursts);
        return results.Sum(result => result.Load.Errors) + bursts.Sum(burst => burst.Errors) == 0 ? 0 : 1;
    }

    private static async Task<List<Burst>> BurstAsync(Peer[] peers, Options options)
    {
        var bursts = new List<Burst>();
        foreach (var peer in peers)
        {
            using var server = peer.Start(ServerCore, 8392, MockPort);
            await server.ListensAsync(8392);
            await LoadAsync(8392, Scenario.Named("A"), 1, peer);
            await Task.Delay(TimeSpan.FromSeconds(2));
            var (idle, most) = (server.Memory(), 0.0);
            var load = LoadAsync(8392, Scenario.Burst, options.Seconds * 2, peer);
            while (!load.IsCompleted)
            {
                most = Math.Max(most, server.Memory());
                await Task.Delay(50);
            }

            await Task.Delay(TimeSpan.FromMinutes(1));
            bursts.Add(new Burst(peer.Name, idle, most, server.Memory(), (await load).Ok, (await load).Errors));
            Console.WriteLine($"M {bursts[^1]}");
        }

        return bursts;
    }

    private static async Task<List<ColdStart>> StartAsync(Peer[] peers)
    {
        var starts = new List<ColdStart>();
        foreach (var peer in peers)
        {
            var clock = Stopwatch.GetTimestamp();
            using var server = peer.Start(ServerCore, 8391, MockPort);
            await server.ListensAsync(8391);
            await Load.OnceAsync(8391, peer.Key, peer.Headers);
            var seconds = Stopwatch.GetElapsedTime(clock).TotalSeconds;
            await Task.Delay(TimeSpan.FromSeconds(2));
            starts.Add(new ColdStart(peer.Name, seconds, server.Memory()));
            Console.WriteLine($"{peer.Name}: first answer after {seconds:0.00} s, {server.Memory():0} MB");
        }

        return starts;
    }

    private static async Task<List<Measurement>> MeasureAsync(Scenario scenario, Peer[] peers, Options options)
    {
        var running = new List<(Peer Peer, Server Server, int Port)>();
        var results = new List<Measurement>();
        try
        {
            foreach (var peer in peers.Where(peer => scenario.Prompts is null || peer.HasCache || peer.Name == "YARP"))
            {
                var port = 8392 + running.Count;
                running.Add((peer, peer.Start(ServerCore, port, MockPort), port));
                await running[^1].Server.ListensAsync(port);
            }

            for (var i = 0; i < WarmUps; i++)
            {
                foreach (var (peer, _, port) in running) await LoadAsync(port, scenario with { Rate = null, Model = scenario.PerToken ? "mock-50-0-0" : scenario.Model, Connections = 32 }, options.Seconds / 2, peer);
                await Task.Delay(500);
            }

            for (var round = 0; round < options.Rounds; round++)
            {
                foreach (var (peer, server, port) in running)
                {
                    var before = server.Cpu();
                    var load = await LoadAsync(port, scenario, options.Seconds, peer);
                    await Task.Delay(200);
                    var cpu = (server.Cpu() - before) * 1e6 / Math.Max(1, load.Ok * (scenario.PerToken ? scenario.Tokens : 1));
                    results.Add(new Measurement(peer.Name, scenario.Name, cpu, load));
                    Console.WriteLine($"{scenario.Name} {peer.Name}: {cpu:0.0} µs, p50 {load.P50:0} µs, p99 {load.P99:0} µs, {load.Ok} answered, {load.Errors} errors");
                }
            }
        }
        finally
        {
            foreach (var (_, server, _) in running) server.Dispose();
        }

        return results;
    }

    private static Task<LoadResult> LoadAsync(int port, Scenario scenario, double seconds, Peer peer) => LoadAsync(port, scenario with { Headers = peer.Headers }, seconds, peer.Key);

    /// <summary>A load from a process of its own.</summary>
    public static async Task<LoadResult> LoadAsync(int port, Scenario scenario, double seconds, string? key)
    {
        using var process = Process.Start(new ProcessStartInfo("taskset", ["-c", $"{OtherCore}", Peers.Self, "load", $"{port}", JsonSerializer.Serialize(scenario), FormattableString.Invariant($"{seconds}"), .. key is null ? (string[])[] : [key]]) { RedirectStandardOutput = true })!;
        var text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return JsonSerializer.Deserialize<LoadResult>(text)!;
    }
}
