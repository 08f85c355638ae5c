using System.ClientModel;
using System.Net;
using System.Numerics.Tensors;
using System.Text;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Tests.Clients;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Api;

public sealed class EmbeddingsTests(AppFixture fixture) : IClassFixture<AppFixture>, IAsyncLifetime
{
    private const string Upstream = """{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5,-0.25]}],"model":"embed-1","usage":{"prompt_tokens":4,"total_tokens":4},"future":1.50}""";

    private readonly RunningApp _app = fixture.App;
    private ScriptedProvider _server = null!;
    private string _key = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await ScriptedProvider.StartAsync();
        _server.Otherwise = Play.Json(Upstream);
        _key = await _app.IssueKeyAsync();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Embeddings_OfTheSimulator_AreDeterministicAndNearForTheSameWords()
    {
        var client = OpenAISdk.Of(_app, _key).GetEmbeddingClient("simulator/embed");

        var vectors = (await client.GenerateEmbeddingsAsync(["red apples are sweet", "sweet red apples", "quantum chromodynamics"], cancellationToken: Cancellation)).Value;
        var again = (await client.GenerateEmbeddingsAsync(["red apples are sweet"], cancellationToken: Cancellation)).Value;

        vectors.Count.ShouldBe(3);
        again[0].ToFloats().ToArray().ShouldBe(vectors[0].ToFloats().ToArray());
        Similarity(0, 1).ShouldBeGreaterThan(0.7f);
        Similarity(0, 2).ShouldBeLessThan(0.3f);

        float Similarity(int a, int b) => TensorPrimitives.CosineSimilarity(vectors[a].ToFloats().Span, vectors[b].ToFloats().Span);
    }

    [Theory]
    [InlineData("openai-compatible", "/v1/embeddings")]
    [InlineData("azure-openai", "/openai/v1/embeddings")]
    [InlineData("ollama", "/v1/embeddings")]
    public async Task Embeddings_OfAProvider_PassByteForByteAndAreMetered(string kind, string path)
    {
        var model = await VendorModel.PublishAsync(_app, Kind(kind), kind == "azure-openai" ? new Uri(_server.BaseUrl, "/") : _server.BaseUrl, "embed-1");
        const string Rest = ""","input":["a b","c"],  "future":1.50}""";

        using var answer = await PostAsync($$"""{"model":"{{model}}"{{Rest}}""");

        (await answer.TextAsync()).ShouldBe(Upstream);
        var request = await _server.RequestAsync();
        (request.Path, request.Text).ShouldBe((path, $$"""{"model":"embed-1"{{Rest}}"""));
        var record = (await _app.RecordsOfAsync(_key)).ShouldHaveSingleItem();
        (record.Outcome, record.InputTokens, record.OutputTokens, record.Cost.Nanos).ShouldBe((Outcome.Answered, 4, 0, 4_000));
        (record.UsageSource, record.Flags).ShouldBe((Core.Wire.UsageSource.Provider, UsageFlags.None));
    }

    [Fact]
    public async Task Embeddings_WithoutUsage_AreCounted()
    {
        _server.Otherwise = Play.Json("""{"object":"list","data":[{"object":"embedding","index":0,"embedding":[1]}]}""");
        var model = await VendorModel.PublishAsync(_app, ProviderKind.OpenAICompatible, _server.BaseUrl, "embed-1");

        using var answer = await PostAsync($$"""{"model":"{{model}}","input":[["hello world"],[1,2,3]]}""");

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var record = (await _app.RecordsOfAsync(_key)).ShouldHaveSingleItem();
        (record.InputTokens, record.UsageSource).ShouldBe((5, Core.Wire.UsageSource.Estimated));
    }

    [Fact]
    public async Task Embeddings_OfAKindWithoutThem_AreRefusedClearly()
    {
        var model = await VendorModel.PublishAsync(_app, ProviderKind.Anthropic, new Uri(_server.BaseUrl, "/"), "claude-1");

        var thrown = await Should.ThrowAsync<ClientResultException>(() => OpenAISdk.Of(_app, _key).GetEmbeddingClient(model).GenerateEmbeddingAsync("hi", cancellationToken: Cancellation));

        thrown.Status.ShouldBe(400);
        thrown.Message.ShouldContain("it has no embeddings");
        _server.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("""{"model":"simulator/embed"}""", "input")]
    [InlineData("""{"model":"simulator/embed","input":[]}""", "input")]
    [InlineData("""{"model":"simulator/embed","input":{"a":1}}""", "input")]
    [InlineData("""{"model":"simulator/embed","input":["a",true]}""", "input[1]")]
    [InlineData("""{"input":"a"}""", "model")]
    [InlineData("""{"model":"simulator/embed","input":"a","api_base":"http://elsewhere"}""", "api_base")]
    public async Task Request_WrongField_IsRefusedByNameAndRecorded(string body, string param)
    {
        using var answer = await PostAsync(body);

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await answer.TextAsync()).ShouldContain($"\"param\":\"{param}\"");
        (await _app.RecordsOfAsync(_key)).ShouldHaveSingleItem().Outcome.ShouldBe(Outcome.Refused);
    }

    [Theory]
    [InlineData(2_048, HttpStatusCode.OK)]
    [InlineData(2_049, HttpStatusCode.BadRequest)]
    public async Task Inputs_UpTo2048_AreTaken(int count, HttpStatusCode status)
    {
        using var answer = await PostAsync($$"""{"model":"simulator/embed","dimensions":2,"input":[{{string.Join(',', Enumerable.Repeat("\"a\"", count))}}]}""");

        answer.StatusCode.ShouldBe(status);
    }

    /// <summary>Tokens are counted in another way: one behind the texts must not let the texts be any number.</summary>
    [Fact]
    public async Task Inputs_TooManyBeforeAToken_AreRefused()
    {
        using var answer = await PostAsync($$"""{"model":"simulator/embed","dimensions":2,"input":[{{string.Join(',', Enumerable.Repeat("\"a\"", 2_049))}},1]}""");

        (await answer.TextAsync()).ShouldContain("\"code\":\"array_above_max_length\"");
    }

    [Fact]
    public async Task Fallback_AfterAFailure_AnswersFromTheNextModel()
    {
        _server.Otherwise = Play.Error(500);
        var model = await VendorModel.PublishAsync(_app, ProviderKind.OpenAICompatible, _server.BaseUrl, "embed-1");
        await _app.PutAsync(_app.Configuration.FindModel(model)! with { Fallbacks = ["simulator/echo"] });

        using var answer = await PostAsync($$"""{"model":"{{model}}","input":"a"}""");

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Headers.GetValues("x-llmconsole-model").Single().ShouldBe("simulator/echo");
    }

    [Fact]
    public async Task Repetition_WhereThePolicyCaches_IsServedFromTheCache()
    {
        var name = $"t-{Guid.NewGuid():N}";
        await _app.CreateTierAsync(name, tier => tier with { Cache = new CachePolicy { Exact = new ExactCachePolicy { Enabled = true, TtlSeconds = 60 } } });
        await _app.CreateTenantAsync(name, name);
        _key = await _app.IssueKeyAsync(name);
        var model = await VendorModel.PublishAsync(_app, ProviderKind.OpenAICompatible, _server.BaseUrl, "embed-1");

        using var first = await PostAsync($$"""{"model":"{{model}}","input":"a"}""");
        using var second = await PostAsync($$"""{"input" : "a", "model":"{{model}}"}""");
        using var other = await PostAsync($$"""{"model":"{{model}}","input":"b"}""");

        (first, second, other).ShouldSatisfyAllConditions(
            _ => Verdict(first).ShouldBe("miss"), _ => Verdict(second).ShouldBe("exact"), _ => Verdict(other).ShouldBe("miss"));
        (await second.TextAsync()).ShouldBe(Upstream);
        (await _app.RecordsOfAsync(_key)).Select(record => record.Cost.Nanos).ShouldBe([4_000, 0, 4_000]);

        static string Verdict(HttpResponseMessage answer) => answer.Headers.GetValues("x-llmconsole-cache").Single();
    }

    [Fact]
    public async Task Budget_TooSmallForThePrompt_Refuses()
    {
        var name = $"t-{Guid.NewGuid():N}";
        await _app.CreateTierAsync(name, tier => tier with { Quotas = [new Quota { Unit = QuotaUnit.Tokens, Period = QuotaPeriod.Day, Limit = 10 }] });
        await _app.CreateTenantAsync(name, name);
        _key = await _app.IssueKeyAsync(name);

        using var small = await PostAsync("""{"model":"simulator/embed","input":"a b"}""");
        using var large = await PostAsync($$"""{"model":"simulator/embed","input":"{{string.Join(' ', Enumerable.Repeat("word", 200))}}"}""");

        small.StatusCode.ShouldBe(HttpStatusCode.OK);
        large.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
    }

    private static ProviderKind Kind(string name) => name switch { "azure-openai" => ProviderKind.AzureOpenAI, "ollama" => ProviderKind.Ollama, _ => ProviderKind.OpenAICompatible };

    private Task<HttpResponseMessage> PostAsync(string body) => _app.Client(_key).PostAsync("/v1/embeddings", new StringContent(body, Encoding.UTF8, "application/json"), Cancellation);
}
