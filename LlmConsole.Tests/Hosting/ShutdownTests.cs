using System.Net;
using System.Text;
using System.Text.Json;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Storage;
using LlmConsole.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Hosting;

/// <summary>SIGTERM to the real process while a stream, a job and callers are at it.</summary>
[Collection(Alone.Name)]
public sealed class ShutdownTests : IDisposable
{
    private const string Model = "m";

    private readonly string _directory = Directory.CreateTempSubdirectory("llmconsole-stop-").FullName;
    private readonly (string Key, string Value)[] _settings = [("Hosting:LeaveSeconds", "3"), ("Hosting:DrainSeconds", "1")];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Stop_LeavesBeforeItCloses_EndsWhatCanNotFinishWithAnError_AndLosesNothing()
    {
        await using var provider = await ScriptedProvider.StartAsync();
        var key = await ConfigureAsync(provider);
        var (never, later) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var app = await AppProcess.StartAsync(_directory, _settings);
        using var http = Client(app, key);
        provider.Next(Play.Stall(never.Task, Play.Answer("too late")));
        var job = await new JobClient(http).StartAsync($$"""{"type":"batch","requests":[{"custom_id":"a","body":{{Ask("job", isStream: false)}}}]}""");
        await provider.RequestsAsync(1);
        provider.Next(Stream(never.Task), Stream(later.Task));
        using var unfinished = await BeginAsync(http, "unfinished");
        using var finishing = await BeginAsync(http, "finishing");

        await app.TellToStopAsync();
        (await UnreadyAsync(http)).ShouldBe((HttpStatusCode.ServiceUnavailable, "stopping"));
        using var arriving = await http.PostAsync("/v1/chat/completions", new StringContent(Ask("arriving", isStream: false), Encoding.UTF8, "application/json"), Cancellation);
        (arriving.StatusCode, arriving.Headers.ConnectionClose).ShouldBe((HttpStatusCode.OK, true));
        later.SetResult();
        (await finishing.TextAsync()).ShouldEndWith(Sse.Done);
        var events = await unfinished.EventsAsync();
        var error = JsonDocument.Parse(events[^1]).RootElement.GetProperty("error");
        error.GetProperty("code").GetString().ShouldBe("overloaded");
        error.GetProperty("message").GetString()!.ShouldContain("being restarted");
        (await app.StopAsync()).ShouldBe(0);

        await using var next = await AppProcess.StartAsync(_directory, _settings);
        using var again = Client(next, key);
        (await new JobClient(again).EndAsync(job)).Counts().ShouldBe((1, 1, 0));
        (await OutcomesAsync()).ShouldBe(
            [("arriving", Outcome.Answered), ("finishing", Outcome.Answered), ("job", Outcome.Answered), ("job", Outcome.Abandoned), ("unfinished", Outcome.Incomplete)]);
    }

    private static Behaviour Stream(Task gate) => Play.Stream(Sse.Role(), Sse.Delta("Hel"), gate, Sse.Delta("lo."), Sse.Finish(), Sse.Usage(5, 2), Sse.Done);

    private static string Ask(string task, bool isStream) =>
        $$$"""{"model":"{{{Model}}}","stream":{{{(isStream ? "true" : "false")}}},"max_tokens":100,"metadata":{"task":"{{{task}}}"},"messages":[{"role":"user","content":"hi"}]}""";

    private static Task<HttpResponseMessage> BeginAsync(HttpClient http, string task) => http.SendAsync(
        new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(Ask(task, isStream: true), Encoding.UTF8, "application/json") }, HttpCompletionOption.ResponseHeadersRead, Cancellation);

    /// <summary>What readiness says once it is off.</summary>
    private static async Task<(HttpStatusCode, string)> UnreadyAsync(HttpClient http)
    {
        while (true)
        {
            using var answer = await http.GetAsync("/health/ready", Cancellation);
            if (answer.StatusCode != HttpStatusCode.OK) return (answer.StatusCode, await answer.TextAsync());
        }
    }

    private async Task<string> ConfigureAsync(ScriptedProvider provider)
    {
        await using var app = await RunningApp.StartAsync(null, _directory);
        await app.CreateTierAsync(Model);
        await app.CreateTenantAsync(Model, tier: Model);
        await app.PublishModelAsync(Model, provider.BaseUrl);
        return await app.IssueKeyAsync(Model);
    }

    private async Task<IReadOnlyList<(string?, Outcome)>> OutcomesAsync()
    {
        await using var services = new ServiceCollection().AddStorage(StorageOptions.From(_directory, null)).BuildServiceProvider();
        await using var db = await services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>().CreateDbContextAsync(Cancellation);
        var records = await db.Set<UsageRecord>().AsNoTracking().ToListAsync(Cancellation);
        return [.. records.Select(record => (record.Task, record.Outcome)).Order()];
    }

    private static HttpClient Client(AppProcess app, string key) =>
        new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = app.BaseAddress, DefaultRequestHeaders = { Authorization = new("Bearer", key) } };
}
