using System.Diagnostics;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace LlmConsole.Bench;

/// <summary>LlmConsole itself, with everything on: key, limits, budgets, exact cache, cost, the books on SQLite and a log line for each call to a file.</summary>
internal static partial class Gateway
{
    private const string Log = "gateway.log";

    public static async Task<Peer> PrepareAsync(string repository, string work, int upstream)
    {
        var app = Path.Combine(work, "app");
        await PublishAsync(repository, app);
        var data = Path.Combine(work, "data");
        if (Directory.Exists(data)) Directory.Delete(data, recursive: true);
        Directory.CreateDirectory(data);
        var key = await ConfigureAsync(app, data, work, upstream);
        return new Peer("LlmConsole", "key, limits, budgets, cache, cost, books in SQLite, log line", null, (core, port, _) => Start(core, app, data, Path.Combine(work, Log), port), key) { HasCache = true };
    }

    /// <summary>A release build.</summary>
    /// <param name="asInTheImage">Compiled ahead, so that its first answers don't wait for that.</param>
    public static async Task PublishAsync(string repository, string app, bool asInTheImage = false)
    {
        string[] ahead = asInTheImage ? ["-a", RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant(), "--no-self-contained", "-p:PublishReadyToRun=true"] : [];
        await RunAsync("dotnet", ["publish", Path.Combine(repository, "LlmConsole"), "-c", "Release", "-o", app, "-v", "q", "-nologo", .. ahead]);
    }

    public static Server Start(int core, string app, string data, string log, int port, bool bootstrap = false, IReadOnlyDictionary<string, string>? settings = null)
    {
        var environment = new Dictionary<string, string>(Peers.Warm) { ["Data__Directory"] = data };
        foreach (var (name, value) in settings ?? new Dictionary<string, string>()) environment[name] = value;
        if (bootstrap) environment["Bootstrap__AdminKey"] = "generate";
        return Server.Start(core, "dotnet", [Path.Combine(app, "LlmConsole.dll"), "--urls", $"http://127.0.0.1:{port}"], environment, log);
    }

    private static async Task<string> ConfigureAsync(string app, string data, string work, int upstream)
    {
        const int Port = 8390;
        using var server = Start(1, app, data, Path.Combine(work, Log), Port, bootstrap: true);
        await server.ListensAsync(Port);
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Port}/admin/v1/") };
        await Task.Delay(TimeSpan.FromSeconds(1));
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", AdminKey().Match(await File.ReadAllTextAsync(Path.Combine(work, Log))).Value);

        var tier = await ConfigureAsync(http, upstream);
        var tenant = await PostAsync(http, "tenants", $$"""{"name":"bench","tier":"{{tier}}"}""");
        return (string)(await PostAsync(http, "keys", $$"""{"tenant":"{{tenant["id"]}}","name":"bench"}"""))["key"]!;
    }

    /// <summary>The provider, a model of any name at it, and a tier with everything on. The tier's id.</summary>
    /// <param name="http">Speaks to the admin API.</param>
    public static async Task<string> ConfigureAsync(HttpClient http, int upstream)
    {
        var provider = await PostAsync(http, "providers", $$"""{"name":"mock","kind":"openai-compatible","baseUrl":"http://127.0.0.1:{{upstream}}/v1","apiKey":"sk-mock"}""");
        await PostAsync(http, "models", $$$"""{"name":"*","targets":[{"provider":"{{{provider["id"]}}}","model":"*"}],"prices":{"inputPerMillion":1,"cachedInputPerMillion":0.5,"outputPerMillion":2}}""");
        return await TierAsync(http, "bench", semantic: false);
    }

    /// <summary>A tier with limits that nobody reaches, budgets and the exact cache; its id.</summary>
    public static async Task<string> TierAsync(HttpClient http, string name, bool semantic) => (string)(await PostAsync(http, "tiers", $$$$"""
        {"name":"{{{{name}}}}","requestsPerMinute":10000000,"tokensPerMinute":2000000000,"concurrency":100000,"maxOutputTokens":4096,"models":["*"],
         "quotas":[{"unit":"usd","period":"month","limit":1000000},{"unit":"tokens","period":"day","limit":900000000000}],
         "cache":{"exact":{"enabled":true,"ttlSeconds":3600},"semantic":{"enabled":{{{{(semantic ? "true" : "false")}}}},"threshold":0.95}}}
        """))["id"]!;

    public static async Task<JsonNode> PostAsync(HttpClient http, string path, string body)
    {
        using var content = new StringContent(body, new MediaTypeHeaderValue("application/json"));
        using var answer = await http.PostAsync(path, content);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new InvalidOperationException($"{path}: {text}");
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed.");
    }

    [GeneratedRegex("llmc_admin_[0-9A-Za-z]{38}")]
    private static partial Regex AdminKey();
}
