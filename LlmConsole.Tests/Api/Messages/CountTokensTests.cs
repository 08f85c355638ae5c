using System.Net;
using System.Text;
using System.Text.Json;
using Anthropic.Models.Messages;
using LlmConsole.Core.Configuration;
using LlmConsole.Tests.Clients;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Api.Messages;

/// <summary>How many tokens a prompt has: by Anthropic where it serves, else by the gateway.</summary>
public sealed class CountTokensTests(AppFixture fixture) : IClassFixture<AppFixture>, IAsyncLifetime
{
    private readonly RunningApp _app = fixture.App;
    private ScriptedProvider _server = null!;
    private string _key = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await ScriptedProvider.StartAsync();
        _key = await _app.IssueKeyAsync();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Count_OfAModelThatAnthropicServes_IsAnthropics()
    {
        var model = await VendorModel.PublishAsync(_app, ProviderKind.Anthropic, new Uri(_server.BaseUrl, "/"), "claude-1");
        _server.Otherwise = Play.Json("""{"input_tokens":2095}""");

        using var answer = await PostAsync($$"""{"system":"Be short.","model":"{{model}}","messages":[{"role":"user","content":"hi"}]}""", ("anthropic-version", "2023-06-01"));

        (await answer.TextAsync()).ShouldBe("""{"input_tokens":2095}""");
        answer.Headers.GetValues("x-llmconsole-count").ShouldBe(["provider"]);
        var request = await _server.RequestAsync();
        (request.Path, request.Text, request.Headers["anthropic-version"]).ShouldBe(("/v1/messages/count_tokens", """{"system":"Be short.","model":"claude-1","messages":[{"role":"user","content":"hi"}]}""", "2023-06-01"));
        request.Headers["Authorization"].ShouldBe("Bearer sk-upstream-0123456789");
        (await _app.RecordsOfAsync(_key)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("reset")]
    [InlineData("500")]
    [InlineData("web page")]
    [InlineData("[]")]
    [InlineData("{\"input_tokens\":null}")]
    [InlineData("{\"input_tokens\":-5}")]
    [InlineData("{\"input_tokens\":\"5\"}")]
    public async Task Count_AnthropicDoesNotSay_IsEstimated(string play)
    {
        var model = await VendorModel.PublishAsync(_app, ProviderKind.Anthropic, new Uri(_server.BaseUrl, "/"), "claude-1");
        _server.Otherwise = play switch { "reset" => Play.Reset, "500" => Play.Error(500), _ => Play.Json(play) };

        using var answer = await PostAsync($$"""{"model":"{{model}}","messages":[{"role":"user","content":"hi"}]}""");

        (answer.StatusCode, answer.Headers.GetValues("x-llmconsole-count").Single()).ShouldBe((HttpStatusCode.OK, "estimate"));
        Tokens(await answer.TextAsync()).ShouldBeInRange(5, 10);
    }

    [Fact]
    public async Task Count_ByThePackage_GrowsWithThePrompt()
    {
        var client = AnthropicSdk.Of(_app, _key);

        var few = await CountAsync("hi");
        var many = await CountAsync(string.Join(' ', Enumerable.Repeat("word", 500)));

        few.ShouldBeInRange(5, 10);
        many.ShouldBe(few + 499);

        async Task<long> CountAsync(string text) => (await client.Messages.CountTokens(
            new() { Model = "simulator/echo", Messages = [new UserMessageParam { Content = text }] }, cancellationToken: Cancellation)).InputTokens;
    }

    [Fact]
    public async Task Count_BeyondTheLimitOrOfAForbiddenModel_IsRefusedInAnthropicsShape()
    {
        var name = $"t-{Guid.NewGuid():N}";
        await _app.CreateTierAsync(name, tier => tier with { RequestsPerMinute = 1, Models = ["simulator/echo"] });
        await _app.CreateTenantAsync(name, name);
        _key = await _app.IssueKeyAsync(name);
        const string Ask = """{"model":"simulator/echo","messages":[{"role":"user","content":"hi"}]}""";

        using var forbidden = await PostAsync(Ask.Replace("echo", "lorem-200-300-20", StringComparison.Ordinal));
        using var first = await PostAsync(Ask);
        using var second = await PostAsync(Ask);
        using var nothing = await PostAsync("""{"model":"simulator/echo"}""");

        new[] { forbidden, first, second, nothing }.Select(answer => (int)answer.StatusCode).ShouldBe([403, 200, 429, 400]);
        (await second.TextAsync()).ShouldStartWith("""{"type":"error","error":{"type":"rate_limit_error",""");
    }

    private static long Tokens(string json) => JsonElement.Parse(json).GetProperty("input_tokens").GetInt64();

    private Task<HttpResponseMessage> PostAsync(string body, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/messages/count_tokens") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return _app.Client(_key).SendAsync(request, Cancellation);
    }
}
