using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Storage;
using LlmConsole.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace LlmConsole.Tests.Limits;

/// <summary>Two real processes on one Redis and one PostgreSQL: what they admit together obeys the limits of one.</summary>
[Collection(Alone.Name)]
public sealed class SharedInstancesTests(SharedPostgres postgres) : IClassFixture<SharedPostgres>, IAsyncLifetime
{
    private const string Limited = "limited";
    private const string Poor = "poor";
    private const int Rpm = 40;
    private const long Budget = 1_500_000;

    private readonly string _directory = Directory.CreateTempSubdirectory("llmconsole-shared-").FullName;
    private RedisServer _redis = null!;
    private ScriptedProvider _provider = null!;
    private (string Key, string Value)[] _settings = [];

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        _provider = await ScriptedProvider.StartAsync();

        // The bound is longer than a busy test machine takes.
        _settings = [("ConnectionStrings:Main", await postgres.NewDatabaseAsync()), ("ConnectionStrings:Redis", _redis.ConnectionString), ("Redis:TimeoutMilliseconds", "5000")];
    }

    public async ValueTask DisposeAsync()
    {
        if (_provider is not null) await _provider.DisposeAsync();
        if (_redis is not null) await _redis.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task TwoProcesses_ObeyOneLimitAndOneBudget_AndWhatAKilledOneHeldIsFree()
    {
        var (limited, poor, tenantId) = await ConfigureAsync();
        await using var one = await AppProcess.StartAsync(_directory, _settings);
        await using var two = await AppProcess.StartAsync(_directory, _settings);

        var statuses = await CallAsync(200, limited, one, two);
        statuses.Count(status => status == HttpStatusCode.OK).ShouldBe(Rpm);
        statuses.Count(status => status == HttpStatusCode.TooManyRequests).ShouldBe(200 - Rpm);

        (await CallAsync(300, poor, one, two)).ShouldAllBe(status => status == HttpStatusCode.OK || status == HttpStatusCode.TooManyRequests);
        var spent = await SpentAsync(tenantId);
        spent.ShouldBeInRange(Budget / 2, Budget);
        foreach (var app in (AppProcess[])[one, two]) (await StandingAsync(app, poor)).ShouldBe((new Usd(spent).Dollars, 0m));

        _provider.Otherwise = Play.Stall(new TaskCompletionSource().Task, Play.Answer(""));
        using var dying = Client(one, poor);
        var open = AskAsync(dying, 1);
        await _provider.RequestAsync(request => request.Json.GetProperty("max_tokens").GetInt32() == 1);
        (await StandingAsync(two, poor)).Reserved.ShouldBeGreaterThan(0);
        one.Kill();
        await Should.ThrowAsync<HttpRequestException>(open);
        await ExpireAsync(tenantId);

        (await StandingAsync(two, poor)).ShouldBe((new Usd(spent).Dollars, 0m));
    }

    [Fact]
    public async Task Hang_OfRedis_FailsNoCall_AndLosesNothing()
    {
        await using var app = await RunningApp.StartAsync(("ConnectionStrings:Redis", _redis.ConnectionString), ("Redis:TimeoutMilliseconds", "1000"));
        await using var model = await ScriptedModel.PublishAsync(app);
        var tier = app.Configuration.Tiers.Values.Single(tier => tier.Name == model.Name);
        await app.PutAsync(tier with { RequestsPerMinute = 1_000, Quotas = [new Quota { Unit = QuotaUnit.Usd, Period = QuotaPeriod.Lifetime, Limit = Usd.NanosPerDollar }] });
        var redis = app.Services.GetRequiredService<LlmConsole.Core.Redis.RedisConnection>();
        await CallsAsync(10);

        await _redis.HangAsync();
        await CallsAsync(50);
        redis.IsDegraded.ShouldBeTrue();
        await _redis.ResumeAsync();
        using (var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(20)))
        {
            while (redis.IsDegraded) await ticks.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        await CallsAsync(10);
        using var client = app.Client(model.Key);
        (await StandingAsync(client)).ShouldBe((0.000009m * 70, 0m));

        async Task CallsAsync(int count) =>
            (await Task.WhenAll(Enumerable.Range(0, count).Select(_ => model.PostAsync(model.Ask("\"max_tokens\":20"))))).ShouldAllBe(answer => answer.StatusCode == HttpStatusCode.OK);
    }

    private async Task<(string Limited, string Poor, string PoorTenant)> ConfigureAsync()
    {
        await using var app = await RunningApp.StartAsync(null, _directory, _settings);
        await app.CreateTierAsync(Limited, tier => tier with { RequestsPerMinute = Rpm });
        await app.CreateTierAsync(Poor, tier => tier with { Quotas = [new Quota { Unit = QuotaUnit.Usd, Period = QuotaPeriod.Lifetime, Limit = Budget }] });
        await app.CreateTenantAsync(Limited, tier: Limited);
        var tenant = await app.CreateTenantAsync(Poor, tier: Poor);
        await app.PublishModelAsync("m", _provider.BaseUrl);
        return (await app.IssueKeyAsync(Limited), await app.IssueKeyAsync(Poor), tenant.Id);
    }

    /// <summary>Sixteen at a time, so that what one gives back is there for others.</summary>
    private static async Task<IReadOnlyCollection<HttpStatusCode>> CallAsync(int count, string key, params AppProcess[] apps)
    {
        var clients = apps.Select(app => Client(app, key)).ToArray();
        var statuses = new ConcurrentBag<HttpStatusCode>();
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = TestContext.Current.CancellationToken }, async (i, cancellation) =>
        {
            using var answer = await AskAsync(clients[i % clients.Length], 20);
            await answer.Content.ReadAsByteArrayAsync(cancellation);
            statuses.Add(answer.StatusCode);
        });
        foreach (var client in clients) client.Dispose();
        return statuses;
    }

    private static Task<HttpResponseMessage> AskAsync(HttpClient client, int maxTokens) => client.PostAsync(
        "/v1/chat/completions", new StringContent($$"""{"model":"m","max_tokens":{{maxTokens}},"messages":[{"role":"user","content":"hi"}]}""", Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);

    private static async Task<(decimal Spent, decimal Reserved)> StandingAsync(AppProcess app, string key)
    {
        using var client = Client(app, key);
        return await StandingAsync(client);
    }

    private static async Task<(decimal Spent, decimal Reserved)> StandingAsync(HttpClient client)
    {
        using var usage = JsonDocument.Parse(await client.GetStringAsync("/v1/usage", TestContext.Current.CancellationToken));
        var quota = usage.RootElement.GetProperty("quotas")[0];
        return (quota.GetProperty("spent").GetDecimal(), quota.GetProperty("reserved").GetDecimal());
    }

    private static HttpClient Client(AppProcess app, string key) =>
        new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = app.BaseAddress, DefaultRequestHeaders = { Authorization = new("Bearer", key) } };

    /// <summary>By the books.</summary>
    private async Task<long> SpentAsync(string tenantId)
    {
        await using var services = new ServiceCollection().AddStorage(StorageOptions.From(_directory, _settings[0].Value)).BuildServiceProvider();
        await using var db = await services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>().CreateDbContextAsync(TestContext.Current.CancellationToken);
        var records = await db.Set<UsageRecord>().AsNoTracking().Where(record => record.TenantId == tenantId).ToListAsync(TestContext.Current.CancellationToken);
        return records.Sum(record => record.Cost.Nanos);
    }

    /// <summary>Lets the time of every lease pass.</summary>
    private async Task ExpireAsync(string tenantId)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(_redis.ConnectionString);
        RedisKey leases = $"llmconsole:limits:{{{tenantId}}}:leases";
        foreach (var id in await redis.GetDatabase().SortedSetRangeByRankAsync(leases)) await redis.GetDatabase().SortedSetAddAsync(leases, id, 0);
    }
}
