using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Metering;

/// <summary>The books against SIGKILL: the real process, real clients, and the provider's own count.</summary>
[Collection(Alone.Name)]
public sealed class KillTests : IDisposable
{
    private const int Apps = 4;
    private const int KillsOfEach = 13;
    private const int LongestLife = 400;

    private readonly string _directory = Directory.CreateTempSubdirectory("llmconsole-kill-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Kill_AtRandomMomentsUnderLoad_LosesNoAnswerAndInventsNone()
    {
        await using var provider = await ScriptedProvider.StartAsync();
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var (key, model) = await ConfigureAsync(provider);
        var apps = Enumerable.Range(0, Apps).Select(i => new KilledApp(CopyOfData($"app-{i}"), key, model)).ToArray();
        var lives = apps.Select(_ => Enumerable.Range(0, KillsOfEach).Select(_ => random.Next(1, LongestLife)).ToArray()).ToArray();

        await Task.WhenAll(apps.Zip(lives, async (app, events) =>
        {
            foreach (var life in events) await app.LiveAsync(life);
        }));

        var asked = provider.Requests.Select(request => request.Json.GetProperty("messages")[0].GetProperty("content").GetString()).ToHashSet();
        foreach (var app in apps) await ReconcileAsync(app, asked, $"seed {seed}");
    }

    private static async Task ReconcileAsync(KilledApp app, HashSet<string?> asked, string told)
    {
        var standing = await app.StandingAsync();
        var (records, rollups) = await app.BooksAsync();
        var byId = records.ToDictionary(record => record.RequestId);

        app.Complete.ShouldNotBeEmpty(told);
        foreach (var (id, task) in app.Complete)
        {
            byId.ShouldContainKey(id, told);
            (byId[id].Task, byId[id].Outcome, byId[id].Cost).ShouldBe((task, Outcome.Answered, new Usd(9_000)), told);
        }

        records.Select(record => record.Task).ShouldBeUnique(told);
        records.Where(record => record.Attempts > 0).ShouldAllBe(record => asked.Contains(record.Task), told);
        Reconciliation.Holds(records, rollups);
        standing.GetProperty("reserved").GetDecimal().ShouldBe(0, told);
        standing.GetProperty("spent").GetDecimal().ShouldBe(records.Sum(record => record.Cost.Dollars), told);
    }

    /// <summary>What an administrator sets up before the first start: a model of the provider, and a key with a budget.</summary>
    private async Task<(string Key, string Model)> ConfigureAsync(ScriptedProvider provider)
    {
        const string name = "killed";
        await using var app = await RunningApp.StartAsync(null, Path.Combine(_directory, "first"));
        await app.CreateTierAsync(name, tier => tier with { Quotas = [new Quota { Unit = QuotaUnit.Usd, Period = QuotaPeriod.Lifetime, Limit = 1_000 * Usd.NanosPerDollar }] });
        await app.CreateTenantAsync(name, tier: name);
        await app.PublishModelAsync(name, provider.BaseUrl);
        return (await app.IssueKeyAsync(name), name);
    }

    private string CopyOfData(string name)
    {
        var (from, to) = (Path.Combine(_directory, "first"), Path.Combine(_directory, name));
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        return to;
    }
}
