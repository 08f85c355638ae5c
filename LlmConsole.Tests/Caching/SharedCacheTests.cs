using LlmConsole.Core.Caching.Semantic;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Redis;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Caching;

/// <summary>Two instances of the whole app on one PostgreSQL and one Redis: what one answered, the other gives, until it is purged or removed.</summary>
public sealed class SharedCacheTests(SharedPostgres postgres) : IClassFixture<SharedPostgres>
{
    private const string Question = "How do I sort a list in Python?";
    private const string Rephrased = "In Python, how can I sort a list?";

    [Fact]
    public async Task Ask_OnGarnet_SharesAnswersAndVectors()
    {
        using var garnet = GarnetServer.Start();
        await using var pair = await StartAsync(garnet.ConnectionString);
        using var first = await pair.AskAsync(pair.One, Question);
        await pair.SharedAsync(withVector: true);
        using var alike = await pair.AskAsync(pair.Other, Rephrased);
        using var same = await pair.AskAsync(pair.Other, Question);

        (first.Verdict(), alike.Verdict(), same.Verdict()).ShouldBe(("miss", "semantic", "exact"));
        pair.Model.Provider.Requests.Count.ShouldBe(1);
        (await pair.Other.Kept().HomesAsync()).Vectors.ShouldBe(VectorHome.Redis);

        using var purge = await PurgeAsync(pair.One, pair.Model.Name);
        await pair.Other.KnowsAsync(pair.One.Configuration.Revision);
        using var purged = await pair.AskAsync(pair.Other, Rephrased, "only");

        ((int)purge.StatusCode, (int)purged.StatusCode).ShouldBe((204, 412));
    }

    [Fact]
    public async Task Ask_OnARedisWithoutVectorSets_SharesAnswers()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var pair = await StartAsync(redis.ConnectionString);
        using var first = await pair.AskAsync(pair.One, Question);
        await pair.SharedAsync(withVector: false);
        using var alike = await pair.AskAsync(pair.Other, Rephrased, "only");
        using var same = await pair.AskAsync(pair.Other, Question);

        (first.Verdict(), (int)alike.StatusCode, same.Verdict()).ShouldBe(("miss", 412, "exact"));
        (await pair.Other.Kept().HomesAsync()).Vectors.ShouldBe(VectorHome.MemoryBesideRedis);

        var entry = pair.Other.Kept().List().ShouldHaveSingleItem();
        (await pair.Other.Kept().DeleteAsync(Actor.System, entry.RequestId, TestContext.Current.CancellationToken)).ShouldBeTrue();
        await CachedModel.UntilAsync(() => pair.One.Kept().List().Count == 0);
        using var deleted = await pair.AskAsync(pair.One, Question, "only");

        ((int)deleted.StatusCode).ShouldBe(412);
    }

    private static readonly CachePolicy Policy = CachedModel.Exact with { Semantic = new SemanticCachePolicy { Enabled = true } };

    private static async Task<HttpResponseMessage> PurgeAsync(RunningApp app, string tenant)
    {
        using var admin = app.Client(await app.IssueAdminKeyAsync());
        return await admin.DeleteAsync($"/admin/v1/cache?tenant={tenant}", TestContext.Current.CancellationToken);
    }

    private async Task<Pair> StartAsync(string redis)
    {
        (string, string)[] settings = [("ConnectionStrings:Main", await postgres.NewDatabaseAsync()), ("ConnectionStrings:Redis", redis), ("Redis:TimeoutMilliseconds", "5000")];
        var (one, other) = (await RunningApp.StartAsync(settings), await RunningApp.StartAsync(settings));
        var model = await CachedModel.PublishAsync(one, Policy);
        await other.KnowsAsync(one.Configuration.Revision);
        return new Pair(one, other, model);
    }

    private sealed record Pair(RunningApp One, RunningApp Other, ScriptedModel Model) : IAsyncDisposable
    {
        public async Task<HttpResponseMessage> AskAsync(RunningApp app, string question, string? wish = null)
        {
            using var client = app.Client(Model.Key);
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(Model.Ask("", question), System.Text.Encoding.UTF8, "application/json") };
            if (wish is not null) request.Headers.Add("x-llmconsole-cache", wish);
            return await client.SendAsync(request, TestContext.Current.CancellationToken);
        }

        /// <summary>No call waits until its answer is shared, nor does this: it asks until Redis has it, and its vector where there are any.</summary>
        public async Task SharedAsync(bool withVector)
        {
            var redis = Other.Services.GetRequiredService<RedisConnection>();
            var names = One.Kept().List().Select(entry => redis.Key($"answer-of:{entry.RequestId}")).Concat(withVector ? [redis.Key("messages-by-use")] : []).ToArray();
            while ((await redis.AskAsync(db => db.KeyExistsAsync(names))) is not { HasValue: true } found || found.Value < names.Length) TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        }

        public async ValueTask DisposeAsync()
        {
            await Model.DisposeAsync();
            await Other.DisposeAsync();
            await One.DisposeAsync();
        }
    }
}
