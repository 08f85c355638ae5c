using System.Diagnostics;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace LlmConsole.Bench;

/// <summary>LlmConsole itself, with everything on: key, limits, budgets, exact cache, cost, the books on SQLite and a log line for each call to a file.</summary>
internal static partial class Gateway
{
    public static async Task<Peer> PrepareAsync(string repository, string work, int upstream)
    {
        var app = Path.Combine(work, "app");
        await PublishAsync(repository, app);
        var data = Path.Combine(work, "data");
        if (Directory.Exists(data)) Directory.Delete(data, recursive: true);
        Directory.CreateDirectory(data);
        var key = await ConfigureAsync(app, data, work, upstream);
        return new Peer("LlmConsole", "key, limits, budgets, cache, cost, books in SQLite, log line", null, (core, port, _) => Start(core, app, data, work, port), key) { HasCache = true };
    }

    /// <summary>A release build.</summary>
    /// <param name="asInTheImage">Compiled ahead, so that its first answers don't wait for that.</param>
    public static async Task PublishAsync(string repository, string app, bool asInTheImage = false)
    {
        string[] ahead = asInTheImage ? ["-a", RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant(), "--no-self-contained", "-p:PublishReadyToRun=true"] : [];
        await RunAsync("dotnet", ["publish", Path.Combine(repository, "LlmConsole"), "-c", "Release", "-o", app, "-v", "q", "-nologo", .. ahead]);
    }

    private static Server Start(int core, string app, string data, string work, int port, bool bootstrap = false)
    {
        var environment = new Dictionary<string, string>(Peers.Warm) { ["Data__Directory"] = data };
        if (bootstrap) environment["Bootstrap__AdminKey"] = "generate";
        return Server.Start(core, "dotnet", [Path.Combine(app, "LlmConsole.dll"), "--urls", $"http://127.0.0.1:{port}"], environment, Path.Combine(work, "gateway.log"));
    }

    private static async Task<string> ConfigureAsync(string app, string data, string work, int upstream)
    {
        const int Port = 8390;
        using var server = Start(1, app, data, work, Port, bootstrap: true);
        await server.ListensAsync(Port);
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Port}/admin/v1/") };
        await Task.Delay(TimeSpan.FromSeconds(1));
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", AdminKey().Match(await File.ReadAllTextAsync(Path.Combine(work, "gateway.log"))).Value);

        var tier = await PostAsync(http, "tiers", """
            {"name":"bench","requestsPerMinute":10000000,"tokensPerMinute":2000000000,"concurrency":100000,"maxOutputTokens":4096,"models":["*"],
             "quotas":[{"unit":"usd","period":"month","limit":1000000},{"unit":"tokens","period":"day","limit":900000000000}],
             "cache":{"exact":{"enabled":true,"ttlSeconds":3600},"semantic":{"enabled":false,"threshold":0.95}}}
            """);
        var tenant = await PostAsync(http, "tenants", $$"""{"name":"bench","tier":"{{tier["id"]}}"}""");
        var provider = await PostAsync(http, "providers", $$"""{"name":"mock","kind":"openai-compatible","baseUrl":"http://127.0.0.1:{{upstream}}/v1","apiKey":"sk-mock"}""");
        await PostAsync(http, "models", $$$"""{"name":"*","targets":[{"provider":"{{{provider["id"]}}}","model":"*"}],"prices":{"inputPerMillion":1,"cachedInputPerMillion":0.5,"outputPerMillion":2}}""");
        return (string)(await PostAsync(http, "keys", $$"""{"tenant":"{{tenant["id"]}}","name":"bench"}"""))["key"]!;
    }

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
