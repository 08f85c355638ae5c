using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LlmConsole.Core.Metering;
using LlmConsole.Tests.Support;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace LlmConsole.Tests.Storage;

/// <summary>Databases as the first release left them: a tier, a tenant, a model on two providers, a key, and six calls. Every later version opens them and goes on.</summary>
public sealed class FirstReleaseTests(SharedPostgres postgres) : IClassFixture<SharedPostgres>
{
    private const string KeyOnSqlite = "llmc_live_mu74flKvIgbDANoP7eVzHR50vPNQeIF01yrhpA";
    private const string KeyOnPostgres = "llmc_live_L1YtEhZ0txefocKuT42faYvbC0uLIDK43rHS2M";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Start_OnTheFirstReleasesSqlite_KeepsItsBooksAndGoesOn()
    {
        var data = Directory.CreateTempSubdirectory("llmconsole-");
        await using (var connection = new SqliteConnection($"Data Source={Path.Combine(data.FullName, "llmconsole.db")};Pooling=False"))
        {
            await connection.OpenAsync(Cancel);
            await using var command = connection.CreateCommand();
            command.CommandText = Script("sqlite.sql");
            await command.ExecuteNonQueryAsync(Cancel);
        }

        await using (var app = await RunningApp.StartAsync(null, data.FullName)) await GoOnAsync(app, KeyOnSqlite);
        data.Delete(recursive: true);
    }

    [Fact]
    public async Task Start_OnTheFirstReleasesPostgres_KeepsItsBooksAndGoesOn()
    {
        var database = await postgres.NewEmptyDatabaseAsync();
        await using (var connection = new NpgsqlConnection(database + ";Pooling=False"))
        {
            await connection.OpenAsync(Cancel);
            await using var command = new NpgsqlCommand(Script("postgres.sql"), connection);
            await command.ExecuteNonQueryAsync(Cancel);
        }

        await using var app = await RunningApp.StartAsync(("ConnectionStrings:Main", database));
        await GoOnAsync(app, KeyOnPostgres);
    }

    private static async Task GoOnAsync(RunningApp app, string key)
    {
        var before = await app.RecordsOfAsync(key);
        before.Count.ShouldBe(6);
        before.Count(record => record.Outcome == Outcome.Answered).ShouldBe(5);
        before[^1].ErrorCode.ShouldBe("model_not_found");

        using var client = app.Client(key);
        var answer = await client.PostAsJsonAsync("v1/chat/completions", new { model = "small", max_tokens = 50, messages = new[] { new { role = "user", content = "Say hello" } } }, Cancel);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);

        var after = await app.RecordsOfAsync(key);
        after.Count.ShouldBe(7);
        var usage = await client.GetFromJsonAsync<JsonElement>("v1/usage", Cancel);
        var budget = usage.GetProperty("quotas").EnumerateArray().Single(quota => quota.GetProperty("unit").GetString() == "usd");
        budget.GetProperty("spent").GetDecimal().ShouldBe(SpentThisMonth(after));
    }

    /// <summary>The budget is the running month's; the first release's calls count while that is theirs.</summary>
    private static decimal SpentThisMonth(IReadOnlyList<UsageRecord> records)
    {
        var now = records[^1].StartedAt;
        return records.Where(record => (record.StartedAt.Year, record.StartedAt.Month) == (now.Year, now.Month)).Sum(record => record.Cost.Nanos) / 1e9m;
    }

    private static string Script(string name) => string.Join('\n', RepositoryFiles.Lines($"LlmConsole.Tests/Storage/FirstRelease/{name}"));
}
