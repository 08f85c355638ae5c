using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Bench;

/// <summary>One of two gateways that are compared, and what was measured of it.</summary>
internal sealed class GrowthSide(string name, string app, GrowthState state, int port) : IDisposable
{
    private const int ServerCore = 0;
    private const int Edits = 20;
    private const string Email = "owner@example.com", Password = "a long password for the bench";

    // Room for what is to be in it.
    private const string CacheBytes = "536870912";

    private static readonly string AdminKey = KeyFormat.Generate(ApiKeyKind.Admin);
    private static readonly string[] Pages = ["/admin", "/admin/usage", "/admin/tenants", "/admin/keys", "/admin/requests"];

    private readonly List<(string Scenario, double Cpu)> _rounds = [];
    private Server? _server;

    public string Name => name;
    public GrowthState State => state;

    /// <summary>Seconds, the lowest.</summary>
    public double FirstAnswer { get; private set; } = double.MaxValue;

    /// <summary>In megabytes.</summary>
    public double IdleMemory { get; private set; } = double.MaxValue;

    /// <inheritdoc cref="IdleMemory"/>
    public double Memory { get; private set; }

    /// <summary>Calls that were not answered.</summary>
    public int Errors { get; private set; }

    /// <summary>Milliseconds of what an administrator does.</summary>
    public Dictionary<string, double> Console { get; } = [];

    private string AdminKeyFile => Path.Combine(state.Directory, "admin-key");

    /// <summary>Microseconds a call, the lowest first.</summary>
    public IReadOnlyList<double> Cpu(string scenario) => [.. _rounds.Where(round => round.Scenario == scenario).Select(round => round.Cpu).Order()];

    /// <summary>Makes the state, unless it is there from another time; one without records is always made anew, for the load has left some.</summary>
    public async Task PrepareAsync(int upstream)
    {
        if (state is { IsReady: true, Size.Records: > 0 }) return;
        if (Directory.Exists(state.Directory)) Directory.Delete(state.Directory, recursive: true);
        Directory.CreateDirectory(state.Directory);
        await File.WriteAllTextAsync(AdminKeyFile, AdminKey);
        await StartAsync();
        using (var http = await AdminAsync())
        {
            var tier = await Gateway.ConfigureAsync(http, upstream);
            var semantic = await Gateway.TierAsync(http, "semantic", semantic: true);
            Stop();
            await state.FillAsync(tier, semantic);
        }

        if (state.Size.Records > 0) await SumAsync();
    }

    public async Task StartAsync()
    {
        var settings = new Dictionary<string, string>
        {
            ["Bootstrap__AdminEmail"] = Email, ["Bootstrap__AdminPassword"] = Password, ["Bootstrap__AdminKey"] = await File.ReadAllTextAsync(AdminKeyFile), ["Cache__MemoryBytes"] = CacheBytes,
        };
        _server = Gateway.Start(ServerCore, app, state.Directory, $"{state.Directory}.log", port, settings: settings);
        await _server.ListensAsync(port);
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        while (!_server.HasEnded)
        {
            using var ready = await http.GetAsync(new Uri("/health/ready", UriKind.Relative));
            if (ready.IsSuccessStatusCode) break;
            await Task.Delay(10);
        }
    }

    /// <summary>The time from a start to the first answer to a call, and the memory two seconds later.</summary>
    public async Task TimeStartAsync()
    {
        var watch = Stopwatch.StartNew();
        await StartAsync();
        await Load.OnceAsync(port, $"@{state.Callers}");
        FirstAnswer = Math.Min(FirstAnswer, watch.Elapsed.TotalSeconds);
        await Task.Delay(TimeSpan.FromSeconds(2));
        IdleMemory = Math.Min(IdleMemory, _server!.Memory());
        Stop();
    }

    /// <summary>So many answers, by calls of tenants that the load leaves alone.</summary>
    public async Task FillCacheAsync(int entries)
    {
        for (var made = 0; made < entries;)
        {
            var load = await Runner.LoadAsync(port, Scenario.Named("A"), 5, $"@{state.Others}");
            if (load.Ok == 0) throw new InvalidOperationException("No call was answered.");
            made += load.Ok;
            Errors += load.Errors;
        }
    }

    public Task<LoadResult> LoadAsync(Scenario scenario, double seconds) => Runner.LoadAsync(port, scenario, seconds, $"@{state.Callers}");

    public async Task MeasureAsync(Scenario scenario, double seconds)
    {
        var before = _server!.Cpu();
        var load = await LoadAsync(scenario, seconds);
        await Task.Delay(200);
        var cpu = (_server.Cpu() - before) * 1e6 / Math.Max(1, load.Ok);
        _rounds.Add((scenario.Name, cpu));
        (Memory, Errors) = (_server.Memory(), Errors + load.Errors);
        System.Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{scenario.Name} {name}: {cpu:0.0} µs, p50 {load.P50:0} µs, p99 {load.P99:0} µs, {load.Ok} answered, {load.Errors} errors, {Memory:0} MB"));
    }

    /// <summary>The cache holds nothing.</summary>
    public async Task PurgeAsync()
    {
        using var http = await AdminAsync();
        using var answer = await http.DeleteAsync(new Uri("cache", UriKind.Relative));
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>What an edit takes, the median of some, and what pages take, the lowest of three.</summary>
    public async Task TimeConsoleAsync()
    {
        using var http = await AdminAsync();
        var tenant = (string)(await Gateway.PostAsync(http, "tenants", $$"""{"name":"edits {{Guid.NewGuid():N}}","tier":"bench"}"""))["id"]!;
        var edits = new List<double>();
        for (var i = 0; i < Edits; i++) edits.Add(await TimeAsync(() => Gateway.PostAsync(http, "keys", $$"""{"tenant":"{{tenant}}","name":"edit {{i}}"}""")));
        Console["an edit: a key is made"] = edits.Order().ElementAt(Edits / 2);
        using var browser = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer(), UseProxy = false }) { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        await Consoles.SignInAsync(browser, Email, Password);
        foreach (var page in Pages)
        {
            var times = new List<double>();
            for (var i = 0; i < 3; i++) times.Add(await TimeAsync(() => browser.GetStringAsync(new Uri(page, UriKind.Relative))));
            Console[$"the page `{page}`"] = times.Min();
        }
    }

    public void Dispose() => Stop();

    private static async Task<double> TimeAsync<T>(Func<Task<T>> act)
    {
        var watch = Stopwatch.StartNew();
        await act();
        return watch.Elapsed.TotalMilliseconds;
    }

    /// <summary>The first start after so many records sums past days up, once: until nothing goes on any more.</summary>
    private async Task SumAsync()
    {
        await StartAsync();
        await Task.Delay(TimeSpan.FromSeconds(12));
        for (var before = -1.0; _server!.Cpu() - before > 0.1; await Task.Delay(TimeSpan.FromSeconds(3))) before = _server.Cpu();
        System.Console.Error.WriteLine($"past days were summed up by {_server.Cpu():0.0} s of CPU.");
        Stop();
    }

    private void Stop()
    {
        _server?.Dispose();
        _server = null;
    }

    private async Task<HttpClient> AdminAsync() => new()
    {
        BaseAddress = new Uri($"http://127.0.0.1:{port}/admin/v1/"), DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", await File.ReadAllTextAsync(AdminKeyFile)) },
    };
}
