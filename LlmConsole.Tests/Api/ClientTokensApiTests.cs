using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Api;

/// <summary>A token for a browser: made with a key, less than the key, gone with it.</summary>
public sealed class ClientTokensApiTests : IAsyncLifetime
{
    private const string Page = "https://app.example.com";
    private static readonly string[] Models = ["simulator/echo"];
    private static readonly object Question = new { model = "simulator/echo", messages = new[] { new { role = "user", content = "hi" } } };

    private RunningApp _app = null!;
    private string _key = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _app = await RunningApp.StartAsync(("Cors:Origins", Page));
        _key = await _app.IssueKeyAsync();
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task Create_ForAUser_CallsInItsNameUntilTheKeyIsRevoked()
    {
        var (created, token) = await CreateAsync(new { expires_in = 60, models = Models, user = "user-7" });
        created.Headers.CacheControl!.NoStore.ShouldBeTrue();
        using var browser = _app.Client(token.GetProperty("token").GetString());

        (await AskAsync(browser)).StatusCode.ShouldBe(HttpStatusCode.OK);
        var models = await browser.GetFromJsonAsync<JsonElement>("v1/models", Cancel);
        models.GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString()).ShouldBe(Models);
        var record = (await _app.RecordsOfAsync(_key)).ShouldHaveSingleItem();
        (record.UserId, record.KeyId).ShouldBe(("user-7", _app.KeyOf(_key).Id));

        await _app.PutAsync(_app.KeyOf(_key) with { RevokedAt = DateTimeOffset.UnixEpoch });
        (await AskAsync(browser)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("v1/tokens")]
    [InlineData("v1/jobs")]
    [InlineData("v1/cache/reports")]
    public async Task Token_ForMoreThanAsking_IsForbidden(string path)
    {
        var (_, token) = await CreateAsync(new { });
        using var browser = _app.Client(token.GetProperty("token").GetString());

        var answer = await browser.PostAsJsonAsync(path, new { }, Cancel);

        answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Theory]
    [InlineData("""{"expires_in":0}""", 400, "expires_in")]
    [InlineData("""{"expires_in":901}""", 400, "expires_in")]
    [InlineData("""{"user":""}""", 400, "user")]
    [InlineData("""{"scope":"admin"}""", 400, "scope")]
    [InlineData("""{"models":[null,"simulator/echo"]}""", 400, "models[0]")]
    [InlineData("""{"models":["simulator/echo",""]}""", 400, "models[1]")]
    public async Task Create_BadWish_IsRefusedWithItsField(string body, int status, string param)
    {
        using var client = _app.Client(_key);
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");

        using var answer = await client.PostAsync("v1/tokens", content, Cancel);

        ((int)answer.StatusCode).ShouldBe(status);
        (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("error").GetProperty("param").GetString().ShouldBe(param);
    }

    [Fact]
    public async Task Browser_OfAnAllowedOrigin_MayAskAndReadRefusals()
    {
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "v1/chat/completions") { Headers = { { "Origin", Page }, { "Access-Control-Request-Method", "POST" }, { "Access-Control-Request-Headers", "authorization,content-type" } } };
        using var refused = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions") { Headers = { { "Origin", Page } }, Content = JsonContent.Create(Question) };
        using var stranger = new HttpRequestMessage(HttpMethod.Get, "v1/models") { Headers = { { "Origin", "https://elsewhere.example.com" } } };

        using var asked = await _app.Http.SendAsync(preflight, Cancel);
        using var answer = await _app.Http.SendAsync(refused, Cancel);
        using var other = await _app.Http.SendAsync(stranger, Cancel);

        asked.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        asked.Headers.GetValues("Access-Control-Allow-Origin").ShouldBe([Page]);
        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        answer.Headers.GetValues("Access-Control-Allow-Origin").ShouldBe([Page]);
        other.Headers.Contains("Access-Control-Allow-Origin").ShouldBeFalse();
    }

    private static Task<HttpResponseMessage> AskAsync(HttpClient browser) => browser.PostAsJsonAsync("v1/chat/completions", Question, Cancel);

    private async Task<(HttpResponseMessage Answer, JsonElement Token)> CreateAsync(object wish)
    {
        using var client = _app.Client(_key);
        var answer = await client.PostAsJsonAsync("v1/tokens", wish, Cancel);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        return (answer, await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel));
    }
}
