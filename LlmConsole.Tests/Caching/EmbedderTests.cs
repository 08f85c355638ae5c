using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using LlmConsole.Core;
using LlmConsole.Core.Caching.Semantic;
using LlmConsole.Core.Chat;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Caching;

/// <summary>Vectors from a provider, and what shadow mode collects.</summary>
public sealed class EmbedderTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    private const string Question = "How do I sort a list in Python?";
    private const string Meant = "How can I order the items of a list in Python?";

    private static readonly Actor Admin = new("user", "usr_1", "owner@example.com");

    private readonly RunningApp _app = fixture.App;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Complete_ByAProvidersEmbeddings_FindsWhatMeansTheSame()
    {
        await using var model = await EmbeddedAsync(_ => [1, 0, 0]);
        using var first = await model.PostAsync(model.Ask("", Question));
        using var second = await model.PostAsync(model.Ask("", Meant));
        using var other = await model.PostAsync(model.Ask("", "How do I not sort a list in Python?"));

        (first.Verdict(), second.Verdict(), other.Verdict()).ShouldBe(("miss", "semantic", "miss"));
        model.Provider.Requests.Count(request => request.Path.EndsWith("/embeddings", StringComparison.Ordinal)).ShouldBe(3);
    }

    [Fact]
    public async Task Complete_FarApart_IsAsked()
    {
        await using var model = await EmbeddedAsync(text => text.Contains("order", StringComparison.Ordinal) ? [0, 2, 0] : [3, 0, 0]);
        using var first = await model.PostAsync(model.Ask("", Question));
        using var second = await model.PostAsync(model.Ask("", Meant));

        second.Verdict().ShouldBe("miss");
    }

    [Fact]
    public async Task Complete_AnEmbedderThatIsDownOrSilent_LooksForExactMatchesOnly()
    {
        var silent = new TaskCompletionSource();
        await using var model = await EmbeddedAsync(_ => [1, 0, 0]);
        using var first = await model.PostAsync(model.Ask("", Question));
        var chat = model.Provider.Otherwise;
        model.Provider.Otherwise = context => context.Request.Path.Value!.EndsWith("/embeddings", StringComparison.Ordinal) ? Play.Error(500)(context) : chat(context);
        using var down = await model.PostAsync(model.Ask("", Meant));
        model.Provider.Otherwise = context => context.Request.Path.Value!.EndsWith("/embeddings", StringComparison.Ordinal) ? Play.Stall(silent.Task, Play.Error(500))(context) : chat(context);
        using var slow = await model.PostAsync(model.Ask("", "How might I sort some list in Python?"));
        using var exact = await model.PostAsync(model.Ask("", Question));
        silent.SetResult();

        (down.Verdict(), slow.Verdict(), exact.Verdict()).ShouldBe(("miss", "miss", "exact"));
    }

    [Fact]
    public async Task Complete_AnEmbedderThatAnswersWithoutEnd_IsCutOff()
    {
        await using var model = await EmbeddedAsync(_ => [1, 0, 0]);
        var chat = model.Provider.Otherwise;
        model.Provider.Otherwise = context => IsEmbedding(context) ? Play.Stream("{\"data\":\"", Play.Endless)(context) : chat(context);

        using var answer = await model.PostAsync(model.Ask("", Question));

        answer.Verdict().ShouldBe("miss");
        await (await model.Provider.RequestAsync(request => request.Path.EndsWith("/embeddings", StringComparison.Ordinal))).Aborted.WaitAsync(Cancel);
    }

    [Theory]
    [InlineData(3, 3f, true)]
    [InlineData(8_192, 1f, true)]
    [InlineData(8_193, 1f, false)]
    [InlineData(3, 0f, false)]
    [InlineData(0, 1f, false)]
    [InlineData(3, float.NaN, false)]
    [InlineData(3, float.NegativeInfinity, false)]
    [InlineData(3, 1e30f, false)]
    public async Task Embed_WhatIsNoDirectionOrHasTooManyDimensions_IsNoVector(int dimensions, float each, bool isVector)
    {
        var embedder = new ProviderEmbedder("id", new PaidEmbedder("prv_1", "e"), new Given(Enumerable.Repeat(each, dimensions).ToArray()));

        var embedded = await embedder.EmbedAsync("text", Cancel);

        embedded.Tokens.ShouldBe(7);
        if (isVector) TensorPrimitives.Norm<float>(embedded.Vector!).ShouldBe(1, 0.001);
        else embedded.Vector.ShouldBeNull();
    }

    [Fact]
    public async Task Complete_AnEmbedderThatWasChanged_NeverComparesOldVectors()
    {
        await using var model = await EmbeddedAsync(_ => [1, 0, 0]);
        using var first = await model.PostAsync(model.Ask("", Question));
        await model.SetPolicyAsync(CachedModel.Exact with { Semantic = new SemanticCachePolicy { Enabled = true } });
        using var second = await model.PostAsync(model.Ask("", "In Python, how can I sort a list?"));

        second.Verdict().ShouldBe("miss");
    }

    [Fact]
    public async Task Complete_InShadowWithPairs_CollectsWhatItFound()
    {
        await using var model = await CachedModel.PublishAsync(_app, CachedModel.Exact with { Semantic = new SemanticCachePolicy { Shadow = true, CollectPairs = true } });
        model.Provider.Next(Play.Answer("Use sorted."), Play.Answer("Use the function sorted."));
        using var first = await model.PostAsync(model.Ask("", Question));
        using var second = await model.PostAsync(model.Ask("", "In Python, how can I sort a list?"));
        var pairs = _app.Services.GetRequiredService<CachePairs>();
        var tenant = _app.Tenant(model.Name);
        IReadOnlyList<CachePair> found = [];
        await CachedModel.UntilAsync(() => (found = pairs.ReadAsync(Admin, tenant, DateTimeOffset.UnixEpoch, 10, Cancel).GetAwaiter().GetResult()).Count > 0);

        second.Verdict().ShouldBe("miss");
        var pair = found.ShouldHaveSingleItem();
        (pair.Prompt, pair.NearPrompt, pair.Veto, pair.Answer, pair.NearAnswer, pair.IsRight).ShouldBe(("In Python, how can I sort a list?", Question, null, "Use the function sorted.", "Use sorted.", null));
        pair.Similarity.ShouldBeInRange(0.8, 1);
        pair.AnswerSimilarity.ShouldBeInRange(0.3, 0.99);
        pair.Cost.ShouldBe((await model.RecordsAsync())[1].Cost);
        (await pairs.LabelAsync(Admin, pair.Id, true, Cancel)).ShouldBeTrue();
        (await pairs.LabelAsync(Admin, "pair_gone", true, Cancel)).ShouldBeFalse();
        var measure = (await pairs.MeasuresAsync(tenant.Id, DateTimeOffset.UnixEpoch, Cancel)).ShouldHaveSingleItem();
        (measure.IsRight, measure.Similarity, measure.Cost, measure.Prompt).ShouldBe((true, pair.Similarity, pair.Cost, ""));
        (await AuditAsync(pair.Id)).Select(entry => (entry.Action, entry.Before, entry.After)).ShouldBe([("label", """{"isRight":null}""", """{"isRight":true}""")]);
        (await AuditAsync(tenant.Id)).ShouldContain(entry => entry.Action == "read" && entry.ObjectKind == CachePairs.Kind && entry.ActorName == Admin.Name);
    }

    /// <summary>The rule: what the provider says, else the gateway's count, by the price of the public model that has this target; nobody is charged for it.</summary>
    [Fact]
    public async Task Complete_ByAProvidersEmbeddings_BooksWhatTheyTook()
    {
        await using var model = await EmbeddedAsync(_ => [1, 0, 0]);
        var target = new ModelTarget(_app.Configuration.FindModel(model.Name)!.Targets[0].ProviderId, "e");
        var price = new ModelPrice { Version = 1, EffectiveFrom = DateTimeOffset.UnixEpoch, InputPerMillion = Usd.FromDollars(0.02m), OutputPerMillion = Usd.Zero };
        using var unpriced = await model.PostAsync(model.Ask("", Question));
        await _app.PutAsync(new Model { Id = $"mod_{Guid.NewGuid():N}", Name = $"e-{Guid.NewGuid():N}", Targets = [target], Prices = [price], CreatedAt = DateTimeOffset.UnixEpoch });
        using var hit = await model.PostAsync(model.Ask("", Meant));
        using var exact = await model.PostAsync(model.Ask("", Question));
        using var bypassed = await model.PostAsync(model.Ask("", Question), ("x-llmconsole-cache", "bypass"));

        var records = await model.RecordsAsync();
        records.Select(record => (record.EmbeddingTokens, record.EmbeddingCost.Nanos)).ShouldBe([(1, 0), (1, 20), (0, 0), (0, 0)]);
        (records[1].Cache, records[1].Cost.Nanos, records[1].TotalTokens, records[1].CacheSimilarity).ShouldBe((CacheVerdict.Semantic, 0L, 0L, 1d));
    }

    [Fact]
    public async Task Complete_AnEmbedderThatIsSilentOrDown_IsBookedByCountOrNotAtAll()
    {
        var silent = new TaskCompletionSource();
        await using var model = await EmbeddedAsync(_ => [1, 0, 0]);
        var chat = model.Provider.Otherwise;
        model.Provider.Otherwise = context => IsEmbedding(context) ? Play.Stall(silent.Task, Play.Error(500))(context) : chat(context);
        using var slow = await model.PostAsync(model.Ask("", Question));
        model.Provider.Otherwise = context => IsEmbedding(context) ? Play.Error(500)(context) : chat(context);
        using var down = await model.PostAsync(model.Ask("", Meant));
        silent.SetResult();

        (await model.RecordsAsync()).Select(record => record.EmbeddingTokens).ShouldBe([9, 0]);
    }

    private static bool IsEmbedding(HttpContext context) => context.Request.Path.Value!.EndsWith("/embeddings", StringComparison.Ordinal);

    private async Task<IReadOnlyList<AuditEntry>> AuditAsync(string objectId) =>
        (await _app.Services.GetRequiredService<AuditQueries>().PageAsync(new AuditFilter { ObjectId = objectId }, 50, null, Cancel)).Entries;

    /// <summary>A model whose tenant embeds with a provider that answers both kinds of requests.</summary>
    private async Task<ScriptedModel> EmbeddedAsync(Func<string, float[]> embed)
    {
        var model = await CachedModel.PublishAsync(_app);
        var chat = model.Provider.Otherwise;
        model.Provider.Otherwise = context => context.Request.Path.Value!.EndsWith("/embeddings", StringComparison.Ordinal)
            ? Play.Json($$$"""{"object":"list","model":"e","data":[{"object":"embedding","index":0,"embedding":"{{{Base64(embed(context.Features.Get<ReceivedRequest>()!.Text))}}}"}],"usage":{"prompt_tokens":1,"total_tokens":1}}""")(context)
            : chat(context);
        var provider = _app.Configuration.Providers[_app.Configuration.FindModel(model.Name)!.Targets[0].ProviderId];
        await model.SetPolicyAsync(CachedModel.Exact with { Semantic = new SemanticCachePolicy { Enabled = true, Embedder = $"{provider.Name}/e" } });
        return model;
    }

    /// <summary>Gives this vector for every text.</summary>
    private sealed class Given(float[] vector) : IEmbeddingGenerator<string, Embedding<float>>
    {
        public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default) =>
            Task.FromResult(new GeneratedEmbeddings<Embedding<float>>([new Embedding<float>(vector)]) { Usage = new UsageDetails { InputTokenCount = 7 } });

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
            // Nothing is held.
        }
    }

    private static string Base64(float[] vector) => Convert.ToBase64String(MemoryMarshal.AsBytes<float>(vector));
}
