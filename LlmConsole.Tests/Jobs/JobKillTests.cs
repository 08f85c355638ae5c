using System.Text.Json;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Storage;
using LlmConsole.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Jobs;

/// <summary>A batch against SIGKILL: real processes, several times.</summary>
[Collection(Alone.Name)]
public sealed class JobKillTests(SharedPostgres postgres) : IClassFixture<SharedPostgres>, IDisposable
{
    private const int Items = 2_000;
    private static readonly int[] ResultsUntilKill = [1, 150, 400, 700];

    private readonly string _directory = Directory.CreateTempSubdirectory("llmconsole-jobs-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Kill_InTheMiddleOfABatch_LosesNoItemAndChargesNoneTwice()
    {
        await using var provider = await ScriptedProvider.StartAsync();
        var key = await ConfigureAsync(provider, null);
        var id = await SubmitAsync(key);
        var seen = new List<JsonElement>();

        foreach (var count in ResultsUntilKill) seen.AddRange(await KillAfterAsync(key, id, count));
        await using var app = await AppProcess.StartAsync(_directory);
        await EndsWholeAsync(app, key, id, null, seen);

        // What each kill may cost the operator is what was under way.
        provider.Requests.Count.ShouldBeInRange(Items, Items + (4 * ResultsUntilKill.Length));
    }

    [Fact]
    public async Task Kill_AndPause_OnTwoInstances_LosesNoItemAndChargesNoneTwice()
    {
        var database = await postgres.NewDatabaseAsync();
        await using var provider = await ScriptedProvider.StartAsync();
        var key = await ConfigureAsync(provider, database);
        await using var first = await StartAsync(database);
        var id = await SubmitAsync(first, key);
        var seen = new List<JsonElement>(await FollowAsync(first, key, id, 300));
        await using var second = await StartAsync(database);
        first.Kill();

        // The second takes over what the first had, is put to sleep in the middle of it, and wakes up late: a third has the job by then.
        seen.AddRange(await FollowAsync(second, key, id, 700));
        await using var third = await StartAsync(database);
        await second.PauseAsync();
        seen.AddRange(await FollowAsync(third, key, id, 1_200));
        await second.ResumeAsync();
        await EndsWholeAsync(third, key, id, database, seen);

        // The kill and the sleep may each cost the operator what was under way.
        provider.Requests.Count.ShouldBeInRange(Items, Items + (4 * 2));
    }

    [Fact]
    public async Task Kill_InTheMiddleOfAPipeline_MakesNoAnsweredStepAgain()
    {
        await using var provider = await ScriptedProvider.StartAsync();
        var key = await ConfigureAsync(provider, null);
        var text = string.Join("\\n\\n", Enumerable.Range(0, 40).Select(i => $"Paragraph {i}. " + string.Concat(Enumerable.Repeat("The committee met and talked about it. ", 18))));
        string id;
        await using (var app = await AppProcess.StartAsync(_directory))
        {
            using var http = Client(app, key);
            id = await new JobClient(http).StartAsync($$$"""{"type":"pipeline","pipeline":"summarize","input":{"model":"batch","partTokens":200,"documents":["{{{text}}}"]}}""");
            await provider.RequestsAsync(15);
            app.Kill();
        }

        await using var again = await AppProcess.StartAsync(_directory);
        using var client = Client(again, key);
        var result = (await new JobClient(client).ResultsAsync(id)).ShouldHaveSingleItem();
        var job = await new JobClient(client).FindAsync(id);

        result.GetProperty("body").GetProperty("parts").GetInt32().ShouldBe(40);
        var records = await RecordsAsync(null);
        records.ShouldAllBe(record => record.Outcome == Outcome.Answered);
        records.Count.ShouldBe(provider.Requests.Select(request => request.Text).Distinct().Count());
        records.Sum(record => record.Cost.Dollars).ShouldBe(job.GetProperty("cost_usd").GetDecimal());
        provider.Requests.Count.ShouldBeLessThanOrEqualTo(records.Count + 4);
    }

    /// <summary>Waits for the end, and compares results, books and what was seen on the way.</summary>
    private async Task EndsWholeAsync(AppProcess app, string key, string id, string? database, IReadOnlyList<JsonElement> seen)
    {
        using var http = Client(app, key);
        var results = await new JobClient(http).ResultsAsync(id);
        var job = await new JobClient(http).FindAsync(id);
        (job.Status(), job.Counts()).ShouldBe(("succeeded", (Items, Items, 0)));
        results.Select(result => result.CustomId()).Order().ShouldBe(Enumerable.Range(0, Items).Select(i => $"{i:D4}"));
        var byId = results.ToDictionary(result => result.CustomId(), result => result.ToString());
        seen.ShouldAllBe(result => byId[result.CustomId()] == result.ToString());
        await BooksHoldAsync(results, job.GetProperty("cost_usd").GetDecimal(), database);
    }

    private async Task BooksHoldAsync(IReadOnlyList<JsonElement> results, decimal cost, string? database)
    {
        var records = await RecordsAsync(database);
        records.ShouldAllBe(record => record.Outcome == Outcome.Answered);
        records.Select(record => record.RequestId).Order().ShouldBe(results.Select(result => result.GetProperty("request_id").GetString()!).Order());
        records.Sum(record => record.Cost.Dollars).ShouldBe(cost);
    }

    private async Task<IReadOnlyList<UsageRecord>> RecordsAsync(string? database)
    {
        await using var services = new ServiceCollection().AddStorage(StorageOptions.From(_directory, database)).BuildServiceProvider();
        await using var db = await services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>().CreateDbContextAsync(TestContext.Current.CancellationToken);
        return await db.Set<UsageRecord>().AsNoTracking().ToListAsync(TestContext.Current.CancellationToken);
    }

    private async Task<string> ConfigureAsync(ScriptedProvider provider, string? database)
    {
        await using var app = await RunningApp.StartAsync(null, _directory, database is null ? [] : [("ConnectionStrings:Main", database)]);
        await app.CreateTierAsync("batch");
        await app.CreateTenantAsync("batch", "batch");
        await app.PublishModelAsync("batch", provider.BaseUrl);
        return await app.IssueKeyAsync("batch");
    }

    /// <summary>An instance that takes another for dead as soon as may be.</summary>
    private Task<AppProcess> StartAsync(string database) =>
        AppProcess.StartAsync(Directory.CreateDirectory(Path.Combine(_directory, Guid.NewGuid().ToString("N"))).FullName, ("ConnectionStrings:Main", database), ("Jobs:LeaseSeconds", "5"));

    private async Task<string> SubmitAsync(string key)
    {
        await using var app = await AppProcess.StartAsync(_directory);
        return await SubmitAsync(app, key);
    }

    private static async Task<string> SubmitAsync(AppProcess app, string key)
    {
        using var http = Client(app, key);
        var lines = string.Join("\n", Enumerable.Range(0, Items).Select(i => $$$"""{"custom_id":"{{{i:D4}}}","body":{"model":"batch","messages":[{"role":"user","content":"{{{i}}}"}]}}"""));
        var (_, job, _) = await new JobClient(http).SubmitAsync(lines, "application/jsonl");
        return job.GetProperty("id").GetString()!;
    }

    /// <summary>Starts the app, and kills it as soon as so many results can be read.</summary>
    private async Task<IReadOnlyList<JsonElement>> KillAfterAsync(string key, string id, int count)
    {
        await using var app = await AppProcess.StartAsync(_directory);
        var results = await FollowAsync(app, key, id, count);
        app.Kill();
        return results;
    }

    private static async Task<IReadOnlyList<JsonElement>> FollowAsync(AppProcess app, string key, string id, int count)
    {
        using var http = Client(app, key);
        return await new JobClient(http).FollowAsync(id, count);
    }

    private static HttpClient Client(AppProcess app, string key) =>
        new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = app.BaseAddress, DefaultRequestHeaders = { Authorization = new("Bearer", key) } };
}
