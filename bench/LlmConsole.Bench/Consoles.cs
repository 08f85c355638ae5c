using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace LlmConsole.Bench;

/// <summary>What open pages cost: signs in to a running instance, opens so many pages of one kind with their circuits, and reads the CPU time and the memory of its process.</summary>
internal static partial class Consoles
{
    /// <summary>Calls a second, when there is a key to make them with.</summary>
    private const int CallsPerSecond = 20;

    /// <param name="key">With it, calls to the simulator go on meanwhile.</param>
    public static async Task RunAsync(Uri address, int process, string email, string password, string path, int count, double seconds, string? key)
    {
        var cookies = new CookieContainer();
        using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = cookies, UseProxy = false }) { BaseAddress = address };
        await SignInAsync(http, email, password);
        using var over = new CancellationTokenSource();
        var calling = key is null ? Task.CompletedTask : CallAsync(address, key, over.Token);
        await Task.Delay(TimeSpan.FromSeconds(10));
        var idle = await MeasureAsync(process, seconds, []);
        var pages = new List<Circuit>();
        for (var i = 0; i < count; i++)
        {
            var page = new Circuit(address, cookies.GetCookieHeader(address));
            await page.OpenAsync(http, path);
            pages.Add(page);
        }

        await Task.Delay(TimeSpan.FromSeconds(10));
        var open = await MeasureAsync(process, seconds, pages);
        await over.CancelAsync();
        await calling;
        Console.WriteLine($"{pages.Count(page => page.Error is null)} of {count} pages of {path} stayed open; first error: {pages.Select(page => page.Error).FirstOrDefault(error => error is not null) ?? "none"}");
        Console.WriteLine($"CPU: {100 * idle.Cpu:0} % of a core without them, {100 * open.Cpu:0} % with them, {1000 * (open.Cpu - idle.Cpu) / count:0.00} ms a second for each");
        Console.WriteLine($"memory: {idle.Memory:0} MB without them, {open.Memory:0} MB with them, {1024 * (open.Memory - idle.Memory) / count:0} KB for each");
        Console.WriteLine($"render batches: {open.Batches / count:0.00} a second for each; bytes: {open.Bytes / count:0} a second for each");
        foreach (var page in pages) page.Dispose();
    }

    /// <summary>A second's CPU time, batches and bytes, and the memory at the end.</summary>
    private static async Task<(double Cpu, double Memory, double Batches, double Bytes)> MeasureAsync(int process, double seconds, List<Circuit> pages)
    {
        var (cpu, batches, bytes) = (Server.Cpu(process), pages.Sum(page => page.Batches), pages.Sum(page => page.Bytes));
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        return ((Server.Cpu(process) - cpu) / seconds, Server.Memory(process), (pages.Sum(page => page.Batches) - batches) / seconds, (pages.Sum(page => page.Bytes) - bytes) / seconds);
    }

    public static async Task SignInAsync(HttpClient http, string email, string password)
    {
        var form = await http.GetStringAsync("/account/sign-in");
        using var fields = new FormUrlEncodedContent([new("Input.Email", email), new("Input.Password", password), new("__RequestVerificationToken", Token().Match(form).Groups[1].Value), new("_handler", "sign-in")]);
        using var answer = await http.PostAsync("/account/sign-in", fields);
        if (answer.RequestMessage!.RequestUri!.AbsolutePath.StartsWith("/account", StringComparison.Ordinal)) throw new InvalidOperationException("The instance didn't let this user in.");
    }

    private static async Task CallAsync(Uri address, string key, CancellationToken over)
    {
        using var http = new HttpClient { BaseAddress = address, DefaultRequestHeaders = { { "Authorization", $"Bearer {key}" } } };
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / CallsPerSecond));
        for (var i = 0; !over.IsCancellationRequested; i++)
        {
            await timer.WaitForNextTickAsync(CancellationToken.None);
            using var body = new StringContent($$"""{"model":"simulator/echo","messages":[{"role":"user","content":"call {{i}}"}]}""", Encoding.UTF8, "application/json");
            (await http.PostAsync("/v1/chat/completions", body, CancellationToken.None)).Dispose();
        }
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)")]
    private static partial Regex Token();
}
