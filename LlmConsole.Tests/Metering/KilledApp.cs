using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Storage;
using LlmConsole.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Metering;

/// <summary>An app on one data directory that is started, put under load and killed, again and again; and what its clients got to see.</summary>
internal sealed class KilledApp(string dataDirectory, string key, string model)
{
    private const int Clients = 6;

    private readonly ConcurrentBag<(string RequestId, string Task)> _complete = [];
    private int _eventsToLive;

    /// <summary>The answers that arrived to the last byte: their request ids and labels.</summary>
    public IReadOnlyCollection<(string RequestId, string Task)> Complete => _complete;

    /// <summary>Starts the app and kills it at the n-th thing that its clients notice: an answer that begins, a line of it, its end.</summary>
    public async Task LiveAsync(int events)
    {
        await using var app = await AppProcess.StartAsync(dataDirectory);
        _eventsToLive = events;
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => CallUntilGoneAsync(app, client)));
    }

    /// <summary>Where the budget stands after a last start.</summary>
    public async Task<JsonElement> StandingAsync()
    {
        await using var app = await AppProcess.StartAsync(dataDirectory);
        using var http = Client(app);
        return JsonDocument.Parse(await http.GetStringAsync("/v1/usage", TestContext.Current.CancellationToken)).RootElement.GetProperty("quotas")[0];
    }

    public async Task<(IReadOnlyList<UsageRecord> Records, IReadOnlyList<UsageRollup> Rollups)> BooksAsync()
    {
        await using var services = new ServiceCollection().AddStorage(StorageOptions.From(dataDirectory, null)).BuildServiceProvider();
        await using var db = await services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>().CreateDbContextAsync(TestContext.Current.CancellationToken);
        return (await db.Set<UsageRecord>().AsNoTracking().ToListAsync(TestContext.Current.CancellationToken), await db.Set<UsageRollup>().AsNoTracking().ToListAsync(TestContext.Current.CancellationToken));
    }

    private HttpClient Client(AppProcess app) =>
        new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = app.BaseAddress, DefaultRequestHeaders = { Authorization = new("Bearer", key) } };

    private async Task CallUntilGoneAsync(AppProcess app, int client)
    {
        using var http = Client(app);
        try
        {
            for (var i = 0; ; i++) await CallAsync(app, http, isStream: (i + client) % 2 == 0);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // The app is dead.
        }
    }

    private async Task CallAsync(AppProcess app, HttpClient http, bool isStream)
    {
        var label = Guid.NewGuid().ToString("N");
        var body = $$"""{"model":"{{model}}","stream":{{(isStream ? "true" : "false")}},"max_tokens":100,"messages":[{"role":"user","content":"{{label}}"}]}""";
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(body, Encoding.UTF8, "application/json"), Headers = { { "x-llmconsole-task", label } } };
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(System.Net.HttpStatusCode.OK);
        Noticed(app);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        var last = "";
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.Length > 0) last = line;
            if (isStream && line == "data: [DONE]") break;
            Noticed(app);
        }

        // The client has the complete answer, so the books must have the call, whatever happens from here on.
        if (isStream && last != "data: [DONE]") return;
        _complete.Add((answer.Headers.GetValues("x-request-id").Single(), label));
        Noticed(app);
    }

    private void Noticed(AppProcess app)
    {
        if (Interlocked.Decrement(ref _eventsToLive) == 0) app.Kill();
    }
}
