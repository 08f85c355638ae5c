using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;

namespace LlmConsole.Bench;

/// <summary>
/// How long the console's pages take over many calls: the time until the whole page has arrived, each the first time after a start of its own, and the best of the
/// next three. <c>ConnectionStrings__Main</c> names a PostgreSQL, an empty database; else it is SQLite.
/// </summary>
internal static class Pages
{
    private const int Port = 8391;
    private const string Email = "owner@example.com", Password = "a long password for the bench";

    private static readonly string AdminKey = KeyFormat.Generate(ApiKeyKind.Admin);

    private static readonly (string Name, string Path)[] All =
    [
        ("overview, live", "/admin"), ("overview, 1 hour", "/admin?range=1h"), ("overview, 24 hours", "/admin?range=24h"), ("overview, 7 days", "/admin?range=7d"), ("overview, 30 days", "/admin?range=30d"),
        ("requests, unfiltered", "/admin/requests"), ("requests with `status:429`", "/admin/requests?status=429"), ("requests with a filter that no call matches", "/admin/requests?task=none"),
        ("usage by tenant, 30 days", "/admin/usage"), ("usage by key, 30 days", "/admin/usage?by=key"), ("usage by user, 30 days", "/admin/usage?by=user"),
        ("usage by model, 30 days", "/admin/usage?by=model"), ("usage by task, 30 days", "/admin/usage?by=task"), ("usage by day, 30 days", "/admin/usage?by=day"),
    ];

    public static async Task<int> RunAsync(string[] args)
    {
        if (Options.Read([]) is not { } options || args.Length > 1) return Options.Usage();
        var calls = args is [var count] ? int.Parse(count, CultureInfo.InvariantCulture) : 1_000_000;
        var (app, data) = (Path.Combine(options.Work, "image"), Path.Combine(options.Work, "books"));
        await Gateway.PublishAsync(options.Repository, app, asInTheImage: true);
        var storage = StorageOptions.From(data, Environment.GetEnvironmentVariable("ConnectionStrings__Main"));
        if (!Seeding.IsFresh(data, calls)) await SeedAsync(app, storage, calls);
        await SumAsync(app, data);

        var cookies = new CookieContainer();
        Console.WriteLine("| page | first | its CPU | then | its CPU |\n| --- | --- | --- | --- | --- |");
        foreach (var (name, path) in All)
        {
            using var server = await StartAsync(app, data);
            using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = cookies, UseProxy = false }) { BaseAddress = new Uri($"http://127.0.0.1:{Port}") };
            if (cookies.Count == 0) await Consoles.SignInAsync(http, Email, Password);
            var (first, then) = (await ReadAsync(server, http, path), new List<(double Time, double Cpu)>());
            for (var i = 0; i < 3; i++) then.Add(await ReadAsync(server, http, path));
            Console.WriteLine($"| {name} | {first.Time:0.00} s | {first.Cpu:0.00} s | {then.Min(read => read.Time):0.00} s | {then.Min(read => read.Cpu):0.00} s |");
        }

        return 0;
    }

    private static async Task<(double Time, double Cpu)> ReadAsync(Server server, HttpClient http, string path)
    {
        var (watch, cpu) = (Stopwatch.StartNew(), server.Cpu());
        var page = await http.GetStringAsync(path);
        var read = (watch.Elapsed.TotalSeconds, server.Cpu() - cpu);
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
    private static async Task SumAsync(string app, string data)
    {
        File.Delete(Path.Combine(data, "sums"));
        using var server = await StartAsync(app, data);
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
}
