using System.Net;
using System.Text.Json;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Wire;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Caching;

/// <summary>Exact caching over real HTTP: what is given again, to whom, and what the books say.</summary>
public sealed class ExactCacheTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    private readonly RunningApp _app = fixture.App;

    [Fact]
    public async Task Complete_TheSameAgain_IsGivenFromTheCacheAndCostsNothing()
    {
        await using var model = await CachedModel.PublishAsync(_app);
        using var first = await model.PostAsync(model.Ask());
        using var second = await model.PostAsync(model.Ask("\"stream\":false,\"user\":\"u1\",\"metadata\":{\"a\":\"b\"}"));

        (first.Verdict(), second.Verdict()).ShouldBe(("miss", "exact"));
        (await second.TextAsync()).ShouldBe(await first.TextAsync());
        (first.Headers.Age, second.Headers.Age).ShouldBe((null, TimeSpan.Zero));
        second.Headers.GetValues("x-llmconsole-cost").ShouldBe(["0"]);
        model.Provider.Requests.Count.ShouldBe(1);
        var records = await model.RecordsAsync();
        records.Select(record => (record.Cache, record.Outcome, record.Attempts, record.TotalTokens, record.SavedTokens, record.IsUnpriced))
            .ShouldBe([(CacheVerdict.Miss, Outcome.Answered, 1, 7, 0, false), (CacheVerdict.Exact, Outcome.Answered, 0, 0, 7, false)]);
        (records[1].Cost, records[1].SavedCost).ShouldBe((Usd.Zero, records[0].Cost));
        records[0].Cost.ShouldBeGreaterThan(Usd.Zero);
        _app.Kept().List(_app.Tenant(model.Name).Id).Sum(entry => entry.Hits).ShouldBe(1);
    }

    [Fact]
    public async Task Complete_AStreamedAnswer_ServesABufferedCallAndTheReverse()
    {
        await using var model = await CachedModel.PublishAsync(_app);
        using var stream = await model.PostAsync(model.Ask("\"stream\":true", "one"));
        using var body = await model.PostAsync(model.Ask("", "one"));
        using var plain = await model.PostAsync(model.Ask("", "two"));
        using var streamed = await model.PostAsync(model.Ask("\"stream\":true,\"stream_options\":{\"include_usage\":true}", "two"));

        (body.Verdict(), streamed.Verdict()).ShouldBe(("exact", "exact"));
        using var json = JsonDocument.Parse(await body.TextAsync());
        json.RootElement.GetProperty("object").GetString().ShouldBe("chat.completion");
        json.RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString().ShouldBe("Hello.");
        json.RootElement.GetProperty("usage").GetProperty("total_tokens").GetInt32().ShouldBe(7);
        var events = await streamed.EventsAsync();
        events[^1].ShouldBe("[DONE]");
        string.Concat(events.SkipLast(1).Select(item => ChunkText.Read(System.Text.Encoding.UTF8.GetBytes(item)))).ShouldBe("Hello.");
        events[^2].ShouldContain("\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":2,\"total_tokens\":7}");
        events[^2].ShouldContain("\"llmconsole\":{\"cost_usd\":0}");
        (await stream.EventsAsync())[^1].ShouldBe("[DONE]");
        plain.Verdict().ShouldBe("miss");
    }

    [Fact]
    public async Task Complete_WithoutAPolicy_AsksEveryTime()
    {
        await using var model = await CachedModel.PublishAsync(_app, CachePolicy.Off);
        using var first = await model.PostAsync(model.Ask());
        using var second = await model.PostAsync(model.Ask());

        (first.Verdict(), second.Verdict()).ShouldBe(("bypass", "bypass"));
        model.Provider.Requests.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("bypass", "bypass", 3)]
    [InlineData("refresh", "miss", 2)]
    public async Task Complete_ByHeader_AsksTheProvider(string wish, string verdict, int asked)
    {
        await using var model = await CachedModel.PublishAsync(_app);
        using var wished = await model.PostAsync(model.Ask(), ("x-llmconsole-cache", wish));
        using var again = await model.PostAsync(model.Ask(), ("x-llmconsole-cache", wish));
        using var plain = await model.PostAsync(model.Ask());

        (wished.Verdict(), again.Verdict()).ShouldBe((verdict, verdict));
        model.Provider.Requests.Count.ShouldBe(asked);
        plain.Verdict().ShouldBe(wish == "refresh" ? "exact" : "miss");
    }

    [Fact]
    public async Task Complete_OnlyFromTheCache_NeverAsks()
    {
        await using var model = await CachedModel.PublishAsync(_app);
        using var missed = await model.PostAsync(model.Ask(), ("x-llmconsole-cache", "only"));
        using var made = await model.PostAsync(model.Ask());
        using var found = await model.PostAsync(model.Ask(), ("x-llmconsole-cache", "only"));

        missed.StatusCode.ShouldBe(HttpStatusCode.PreconditionFailed);
        (await missed.TextAsync()).ShouldContain("\"cache_miss\"");
        (made.Verdict(), found.Verdict()).ShouldBe(("miss", "exact"));
        model.Provider.Requests.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("x-llmconsole-cache", "maybe")]
    [InlineData("x-llmconsole-cache-ttl", "0")]
    [InlineData("x-llmconsole-cache-ttl", "1.5")]
    [InlineData("x-llmconsole-cache-ttl", "99999999")]
    public async Task Complete_ABadWish_IsRefusedByName(string header, string value)
    {
        await using var model = await CachedModel.PublishAsync(_app);
        using var answer = await model.PostAsync(model.Ask(), (header, value));

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await answer.TextAsync()).ShouldContain($"\"param\":\"{header}\"");
    }

    [Theory]
    [InlineData("""{"id":"c","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"half"},"finish_reason":"content_filter"}]}""")]
    [InlineData("""{"id":"c","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"cut"},"finish_reason":"length"}]}""")]
    [InlineData("""{"id":"c","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":""},"finish_reason":"stop"}]}""")]
    [InlineData("""{"id":"c","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":null,"refusal":"no"},"finish_reason":"stop"}]}""")]
    [InlineData("""{"id":"c","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"t","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}""")]
    [InlineData("""{"id":"c","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"open"},"finish_reason":null}]}""")]
    public async Task Complete_AnAnswerThatIsNotWhole_IsNotKept(string completion)
    {
        await using var model = await CachedModel.PublishAsync(_app);
        model.Provider.Next(Play.Json(completion));
        using var first = await model.PostAsync(model.Ask());
        using var second = await model.PostAsync(model.Ask());

        (first.StatusCode, second.Verdict()).ShouldBe((HttpStatusCode.OK, "miss"));
        model.Provider.Requests.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Complete_AFailureOrACutStream_IsNotKept()
    {
        await using var model = await CachedModel.PublishAsync(_app);
        model.Provider.Next(Play.Error(500), Play.Stream(Sse.Role(), Sse.Delta("Hel"), StreamStep.Cut));
        using var failed = await model.PostAsync(model.Ask("\"stream\":true"));
        using var cut = await model.PostAsync(model.Ask("\"stream\":true"));
        using var third = await model.PostAsync(model.Ask("\"stream\":true"));

        failed.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        (await cut.TextAsync()).ShouldNotContain("[DONE]");
        third.Verdict().ShouldBe("miss");
        (await third.EventsAsync())[^1].ShouldBe("[DONE]");
    }

    [Fact]
    public async Task Complete_ToolCallsThatMayBeKept_AreGivenAgain()
    {
        const string Call = """{"index":0,"delta":{"tool_calls":[{"index":0,"id":"t1","type":"function","function":{"name":"f","arguments":""}}]},"finish_reason":null}""";
        await using var model = await CachedModel.PublishAsync(_app, CachedModel.Exact with { StoreToolCalls = true });
        model.Provider.Next(Play.Stream(Sse.Role(), Sse.Chunk(Call), Sse.Chunk("""{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":1}"}}]},"finish_reason":null}"""), Sse.Finish("tool_calls"), Sse.Done));
        using var first = await model.PostAsync(model.Ask("\"stream\":true"));
        using var second = await model.PostAsync(model.Ask());

        second.Verdict().ShouldBe("exact");
        (await second.TextAsync()).ShouldContain("""
            "tool_calls":[{"id":"t1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]
            """);
    }

    [Fact]
    public async Task Complete_AnExhaustedBudget_StillGivesWhatIsFree()
    {
        await using var model = await CachedModel.PublishAsync(_app);
        using var first = await model.PostAsync(model.Ask());
        var tier = _app.Configuration.Tiers.Values.Single(tier => tier.Name == model.Name);
        await _app.PutAsync(tier with { RequestsPerMinute = 3, Quotas = [new Quota { Unit = QuotaUnit.Usd, Period = QuotaPeriod.Month, Limit = 1 }, new Quota { Unit = QuotaUnit.Tokens, Period = QuotaPeriod.Day, Limit = 1 }] });
        using var free = await model.PostAsync(model.Ask());
        using var dear = await model.PostAsync(model.Ask("", "something else"));
        using var third = await model.PostAsync(model.Ask());
        using var fourth = await model.PostAsync(model.Ask());

        (free.StatusCode, free.Verdict()).ShouldBe((HttpStatusCode.OK, "exact"));
        dear.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        third.StatusCode.ShouldBe(HttpStatusCode.OK);
        fourth.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests, "a hit counts against requests a minute");
        free.Headers.Contains("x-ratelimit-remaining-requests").ShouldBeTrue();
    }

    [Fact]
    public async Task Spent_AfterHits_CountsRequestsAndNoTokens()
    {
        await using var model = await CachedModel.PublishAsync(_app);
        for (var i = 0; i < 3; i++) (await model.PostAsync(model.Ask())).Dispose();
        await model.RecordsAsync();
        var books = _app.Services.GetRequiredService<SpendQueries>();
        var scope = new SpendScope(_app.Tenant(model.Name).Id);

        (await SpentAsync(QuotaUnit.Requests), await SpentAsync(QuotaUnit.Tokens), await SpentAsync(QuotaUnit.Usd)).ShouldBe((3, 7, 9_000));

        Task<long> SpentAsync(QuotaUnit unit) => books.SpentAsync(scope, unit, DateTimeOffset.UnixEpoch, null, [], TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Complete_AModelThatPointsElsewhere_AsksAgain()
    {
        await using var model = await CachedModel.PublishAsync(_app);
        using var first = await model.PostAsync(model.Ask());
        var configured = _app.Configuration.FindModel(model.Name)!;
        await _app.PutAsync(configured with { Targets = [configured.Targets[0] with { Model = "another" }] });
        using var second = await model.PostAsync(model.Ask());

        second.Verdict().ShouldBe("miss");
    }

    [Fact]
    public async Task Complete_TooOldForTheCaller_AsksAgain()
    {
        await using var model = await CachedModel.PublishAsync(_app);
        using var first = await model.PostAsync(model.Ask(), ("x-llmconsole-cache-ttl", "1"));

        _app.Cache().Memory.Entries().Single(entry => entry.Answer.TenantId == _app.Tenant(model.Name).Id).Answer
            .ShouldSatisfyAllConditions(answer => (answer.ExpiresAt - answer.StoredAt).ShouldBe(TimeSpan.FromSeconds(1)));
    }
}
