using System.Net;
using System.Text;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using LlmConsole.Hosting;
using LlmConsole.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Hosting;

/// <summary>Two instances on one PostgreSQL, with and without Redis between them: what one is told, the other knows.</summary>
public sealed class SharedStateTests(SharedPostgres postgres) : IClassFixture<SharedPostgres>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Revoke_OnOneInstance_HoldsOnTheOther(bool withRedis)
    {
        using var garnet = withRedis ? GarnetServer.Start() : null;
        var settings = Shared(await postgres.NewDatabaseAsync(), garnet);
        await using var first = await RunningApp.StartAsync(settings);
        await using var second = await RunningApp.StartAsync(settings);
        var key = await first.IssueKeyAsync();
        await second.KnowsAsync(first.Configuration.Revision);
        (await StatusAsync(second, key)).ShouldBe(HttpStatusCode.OK);

        await first.PutAsync(first.KeyOf(key) with { RevokedAt = DateTimeOffset.UnixEpoch });
        await second.KnowsAsync(first.Configuration.Revision);

        (await StatusAsync(second, key)).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Limit_ChangedOnOneInstance_StandsInTheNextAnswerOfTheOther()
    {
        using var garnet = GarnetServer.Start();
        var settings = Shared(await postgres.NewDatabaseAsync(), garnet);
        await using var first = await RunningApp.StartAsync(settings);
        await using var second = await RunningApp.StartAsync(settings);
        var tier = await first.CreateTierAsync("limited", tier => tier with { RequestsPerMinute = 60 });
        await first.CreateTenantAsync("limited", tier.Name);
        var key = await first.IssueKeyAsync("limited");
        await second.KnowsAsync(first.Configuration.Revision);
        (await LimitAsync(second, key)).ShouldBe("60");

        await first.PutAsync(tier with { RequestsPerMinute = 61 });
        await second.KnowsAsync(first.Configuration.Revision);

        (await LimitAsync(second, key), await LimitAsync(first, key)).ShouldBe(("61", "61"));
    }

    [Fact]
    public async Task Secrets_OfOneInstance_AreReadByTheOther()
    {
        var settings = Shared(await postgres.NewDatabaseAsync(), null);
        await using var first = await RunningApp.StartAsync(settings);
        await using var second = await RunningApp.StartAsync(settings);

        var secret = first.Services.GetRequiredService<ISecretProtector>().Protect(SecretPurpose.ProviderApiKey, "sk-shared");

        second.Services.GetRequiredService<ISecretProtector>().Unprotect(SecretPurpose.ProviderApiKey, secret).ShouldBe("sk-shared");
    }

    [Fact]
    public async Task Start_WithAnotherKeyRing_IsRefused()
    {
        var database = await postgres.NewDatabaseAsync();
        await using (await RunningApp.StartAsync(Shared(database, null)))
        {
        }

        await using var services = new ServiceCollection().AddLogging().AddStorage(StorageOptions.From(Path.GetTempPath(), database)).AddSecrets(StorageOptions.From(Path.GetTempPath() + Guid.NewGuid(), database)).BuildServiceProvider();
        await using (var db = await services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>().CreateDbContextAsync(Cancel))
            await db.Set<KeyRingEntry>().Where(entry => entry.Name != KeyRingEntry.Canary).ExecuteDeleteAsync(Cancel);

        var refusal = await Should.ThrowAsync<StartRefusedException>(() => services.GetRequiredService<KeyRingCheck>().VerifyAsync(Cancel));

        refusal.Message.ShouldContain("key ring");
    }

    [Fact]
    public async Task KeyRing_LeftInTheDataDirectory_IsTakenOver()
    {
        var data = Directory.CreateTempSubdirectory("llmconsole-");
        string secret;
        await using (var onSqlite = await RunningApp.StartAsync(null, data.FullName)) secret = onSqlite.Services.GetRequiredService<ISecretProtector>().Protect(SecretPurpose.ProviderApiKey, "sk-old");

        await using (var onPostgres = await RunningApp.StartAsync(null, data.FullName, Shared(await postgres.NewDatabaseAsync(), null)))
            onPostgres.Services.GetRequiredService<ISecretProtector>().Unprotect(SecretPurpose.ProviderApiKey, secret).ShouldBe("sk-old");
        data.Delete(recursive: true);
    }

    private static (string, string)[] Shared(string database, GarnetServer? garnet) =>
        garnet is null ? [("ConnectionStrings:Main", database)] : [("ConnectionStrings:Main", database), ("ConnectionStrings:Redis", garnet.ConnectionString), ("Redis:TimeoutMilliseconds", "5000")];

    private static async Task<string> LimitAsync(RunningApp app, string key)
    {
        using var client = app.Client(key);
        using var content = new StringContent("""{"model":"simulator/echo","messages":[{"role":"user","content":"hi"}]}""", Encoding.UTF8, "application/json");
        using var answer = await client.PostAsync("v1/chat/completions", content, Cancel);
        return answer.Headers.GetValues("x-ratelimit-limit-requests").Single();
    }

    private static async Task<HttpStatusCode> StatusAsync(RunningApp app, string key)
    {
        using var client = app.Client(key);
        using var answer = await client.GetAsync("v1/models", Cancel);
        return answer.StatusCode;
    }
}
