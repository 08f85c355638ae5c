using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;

namespace LlmConsole.Bench;

/// <summary>
/// How long the console's pages take over many calls: the time until the whole page has arrived, each as the first page after a start of its own, and then; the lowest of
/// three rounds, for whatever else runs can only add. <c>ConnectionStrings__Main</c> names a PostgreSQL, an empty database; else it is SQLite.
/// </summary>
internal static class Pages
{
    private const int Port = 8391;
    private const int Rounds = 3;
    private const string Email = "owner@example.com", Password = "a long password for the bench";

    private static readonly string AdminKey = KeyFormat.Generate(ApiKeyKind.Admin);

    private static readonly (string Name, string Path)[] All =
    [
        // No figures at all, for comparison.
        ("tiers", "/admin/tiers"),
        ("overview, live", "/admin"), ("overview, 1 hour", "/admin?range=1h"), ("overview, 24 hours", "/admin?range=24h"), ("overview, 7 days", "/admin?range=7d"), ("overview, 30 days", "/admin?range=30d"),
        ("requests, unfiltered", "/admin/requests"), ("requests with `status:429`", "/admin/requests?status=429"), ("requests with a filter that no call matches", "/admin/requests?task=none"),
        ("usage by tenant, 30 days", "/admin/usage"), ("usage by user, 30 days", "/admin/usage?by=user"), ("usage by day, 30 days", "/admin/usage?by=day"),
    ];

    public static async Task<int> RunAsync(string[] args)
    {
        if (Options.Read([]) is not { } options || args.Length > 1) return Options.Usage();
        var calls = args is [var count] ? int.Parse(count, CultureInfo.InvariantCulture) : 1_000_000;
        var (app, data) = (Path.Combine(options.Work, "image"), Path.Combine(options.Work, "books"));
        await Gateway.PublishAsync(options.Repository, app, asInTheImage: true);
        var storage = StorageOptions.From(data, Environment.GetEnvironmentVariable("ConnectionStrings__Main"));
        if (!Seeding.IsFresh(data, calls)) await SeedAsync(app, storage, calls);
        var cookies = new CookieContainer();
        await SumAsync(app, data, cookies);

        var (first, then) = (new Read[All.Length], new Read[All.Length]);
        for (var round = 0; round < Rounds; round++)
        {
            for (var i = 0; i < All.Length; i++)
            {
                using var server = await StartAsync(app, data);
                using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = cookies, UseProxy = false }) { BaseAddress = new Uri($"http://127.0.0.1:{Port}") };
                first[i] = Read.Lowest(first[i], await ReadAsync(server, http, All[i].Path));
                for (var more = 0; more < 3; more++) then[i] = Read.Lowest(then[i], await ReadAsync(server, http, All[i].Path));
            }
        }

        Console.WriteLine("| page | first | its CPU | then | its CPU |\n| --- | --- | --- | --- | --- |");
        for (var i = 0; i < All.Length; i++) Console.WriteLine($"| {All[i].Name} | {first[i].Time:0.00} s | {first[i].Cpu:0.00} s | {then[i].Time:0.00} s | {then[i].Cpu:0.00} s |");
        return 0;
    }

    private static async Task<Read> ReadAsync(Server server, HttpClient http, string path)
    {
        var (watch, cpu) = (Stopwatch.StartNew(), server.Cpu());
        var page = await http.GetStringAsync(path);
        var read = new Read(watch.Elapsed.TotalSeconds, server.Cpu() - cpu);
        return page.Contains("</html>", StringComparison.Ordinal) && page.Contains("page-header", StringComparison.Ordinal) ? read : throw new InvalidOperationException($"{path} is no page.");
    }

    private static async Task SeedAsync(string app, StorageOptions storage, int calls)
    {
        if (Directory.Exists(storage.DataDirectory)) Directory.Delete(storage.DataDirectory, recursive: true);
        Directory.CreateDirectory(storage.DataDirectory);
        Callers callers;
        using (await StartAsync(app, storage.DataDirectory))
        {
            using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Port}/admin/v1/") };
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", AdminKey);
            callers = await Seeding.ConfigureAsync(http);
        }

        await Seeding.SeedAsync(storage, callers, calls);
    }

    /// <summary>The first start after so many calls: past days are summed up beside whatever else goes on, once.</summary>
    private static async Task SumAsync(string app, string data, CookieContainer cookies)
    {
        File.Delete(Path.Combine(data, "sums"));
        using var server = await StartAsync(app, data);
        using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = cookies, UseProxy = false }) { BaseAddress = new Uri($"http://127.0.0.1:{Port}") };
        await Consoles.SignInAsync(http, Email, Password);
        var (watch, cpu) = (Stopwatch.StartNew(), server.Cpu());
        while (!File.Exists(Path.Combine(data, "sums")) && !server.HasEnded && watch.Elapsed < TimeSpan.FromMinutes(3)) await Task.Delay(100);
        Console.Error.WriteLine($"past days were summed up {watch.Elapsed.TotalSeconds:0.0} s after the start, by {server.Cpu() - cpu:0.0} s of CPU; {server.Memory():0} MB resident.");
    }

    private static async Task<Server> StartAsync(string app, string data)
    {
        var environment = new Dictionary<string, string> { ["Data__Directory"] = data, ["Bootstrap__AdminEmail"] = Email, ["Bootstrap__AdminPassword"] = Password, ["Bootstrap__AdminKey"] = AdminKey };
        var server = Server.Start(null, "dotnet", [Path.Combine(app, "LlmConsole.dll"), "--urls", $"http://127.0.0.1:{Port}"], environment, $"{data}.log");
        await server.ListensAsync(Port);
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Port}") };
        while (!server.HasEnded)
        {
            using var ready = await http.GetAsync(new Uri("/health/ready", UriKind.Relative));
            if (ready.IsSuccessStatusCode) break;
            await Task.Delay(10);
        }

        return server;
    }

    /// <summary>Seconds until the page had arrived, and of the server's CPU.</summary>
    private sealed record Read(double Time, double Cpu)
    {
        public static Read Lowest(Read? one, Read other) => one is null ? other : new Read(Math.Min(one.Time, other.Time), Math.Min(one.Cpu, other.Cpu));
    }
}
