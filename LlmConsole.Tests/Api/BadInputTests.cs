using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Api;

/// <summary>Whatever is wrong with a request: the right error, nothing sent upstream, nothing charged.</summary>
public sealed class BadInputTests(AppFixture fixture) : IClassFixture<AppFixture>, IAsyncLifetime
{
    private const string Messages = "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";
    private static readonly string Deep = string.Concat(Enumerable.Repeat("[", 100_000));

    private readonly RunningApp _app = fixture.App;
    private ScriptedModel _model = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _model = await ScriptedModel.PublishAsync(_app);

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Theory]
    [InlineData("", "invalid_json", null)]
    [InlineData("{", "invalid_json", null)]
    [InlineData("[]", "invalid_json", null)]
    [InlineData("{\"model\":MODEL} trailing", "invalid_json", null)]
    [InlineData("{\"model\":\"\\ud800\"," + Messages + "}", "invalid_json", null)]
    [InlineData("{" + Messages + "}", "invalid_value", "model")]
    [InlineData("{\"model\":7," + Messages + "}", "invalid_value", "model")]
    [InlineData("{\"model\":MODEL}", "invalid_value", "messages")]
    [InlineData("{\"model\":MODEL,\"messages\":[]}", "invalid_value", "messages")]
    [InlineData("{\"model\":MODEL,\"messages\":[{\"role\":\"user\",\"content\":7}]}", "invalid_value", "messages[0].content")]
    [InlineData("{\"model\":MODEL," + Messages + ",\"temperature\":3}", "invalid_value", "temperature")]
    [InlineData("{\"model\":MODEL," + Messages + ",\"max_tokens\":-1}", "invalid_value", "max_tokens")]
    [InlineData("{\"model\":MODEL," + Messages + ",\"n\":1000000}", "invalid_value", "n")]
    [InlineData("{\"model\":MODEL," + Messages + ",\"stream\":\"true\"}", "invalid_value", "stream")]
    [InlineData("{\"model\":MODEL," + Messages + ",\"model\":\"simulator/echo\"}", "invalid_value", "model")]
    [InlineData("{\"model\":MODEL," + Messages + ",\"api_base\":\"http://127.0.0.1:1\"}", "invalid_value", "api_base")]
    [InlineData("{\"model\":MODEL," + Messages + ",\"api_key\":\"sk-mine\"}", "invalid_value", "api_key")]
    [InlineData("{\"model\":MODEL," + Messages + ",\"input_cost_per_token\":0}", "invalid_value", "input_cost_per_token")]
    public async Task Body_Bad_IsRefusedWithItsField(string body, string code, string? param)
    {
        var answer = await _model.PostAsync(body.Replace("MODEL", $"\"{_model.Name}\"", StringComparison.Ordinal));

        await RefusedAsync(answer, 400, "invalid_request_error", code, param);
    }

    [Fact]
    public async Task Body_HundredThousandLevels_IsInvalidJson() =>
        await RefusedAsync(await _model.PostAsync($$"""{"model":"{{_model.Name}}",{{Messages}},"x":{{Deep}}"""), 400, "invalid_request_error", "invalid_json", null);

    [Fact]
    public async Task Body_InvalidUtf8_IsInvalidJson()
    {
        byte[] body = [.. "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\""u8, 0xC3, 0x28, .. "\"}]}"u8];

        await RefusedAsync(await _model.PostAsync(body), 400, "invalid_request_error", "invalid_json", null);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Body_OverTheCap_Is413WhetherAnnouncedOrNot(bool announced)
    {
        var body = Encoding.UTF8.GetBytes(_model.Ask(text: new string('a', 11 * 1024 * 1024)));
        HttpContent content = announced ? new ByteArrayContent(body) : new StreamContent(new UnknownLength(body));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var client = _app.Client(_model.Key);
        client.DefaultRequestHeaders.ExpectContinue = true;

        await RefusedAsync(await client.PostAsync("/v1/chat/completions", content, Cancellation), 413, "invalid_request_error", "body_too_large", null);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData(null)]
    public async Task MediaType_NotJson_Is415(string? type)
    {
        using var client = _app.Client(_model.Key);
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(_model.Ask()));
        if (type is not null) content.Headers.TryAddWithoutValidation("Content-Type", type);

        await RefusedAsync(await client.PostAsync("/v1/chat/completions", content, Cancellation), 415, "invalid_request_error", "unsupported_media_type", null);
    }

    [Fact]
    public async Task Model_Unknown_Is404() =>
        await RefusedAsync(await _model.PostAsync($$"""{"model":"no-such-model",{{Messages}}}"""), 404, "invalid_request_error", "model_not_found", "model");

    [Fact]
    public async Task Model_NotOfTheKey_Is403()
    {
        var key = await _app.IssueKeyAsync(_model.Name, key => key with { Models = ["simulator/*"] });

        await RefusedAsync(await AskAsync(_app.Client(key)), 403, "permission_error", "model_not_allowed", "model");
    }

    [Fact]
    public async Task Credential_MissingWrongOrRevoked_Is401()
    {
        var revoked = await _app.IssueKeyAsync(_model.Name, key => key with { RevokedAt = key.CreatedAt });

        foreach (var key in new[] { null, "sk-anything", "llmc_live_short", KeyFormat.Generate(ApiKeyKind.Live), revoked, revoked[..^1] })
        {
            var answer = await AskAsync(_app.Client(key));
            answer.Headers.WwwAuthenticate.ShouldHaveSingleItem().Scheme.ShouldBe("Bearer", key);
            answer.Headers.Contains("x-ratelimit-limit-requests").ShouldBeFalse();
            await RefusedAsync(answer, 401, "authentication_error", "invalid_api_key", null);
        }
    }

    [Fact]
    public async Task Credential_TwoThatDiffer_Is400()
    {
        using var client = _app.Client(_model.Key);
        client.DefaultRequestHeaders.Add("x-api-key", await _app.IssueKeyAsync());

        await RefusedAsync(await AskAsync(client), 400, "invalid_request_error", "conflicting_credentials", null);
    }

    [Fact]
    public async Task Tenant_Suspended_Is403()
    {
        await _app.PutAsync(_app.Tenant(_model.Name) with { Status = TenantStatus.Suspended, StatusReason = "Unpaid." });

        await RefusedAsync(await AskAsync(_app.Client(_model.Key)), 403, "permission_error", "tenant_suspended", null);
    }

    [Theory]
    [InlineData("x-litellm-api-base", "http://127.0.0.1:1")]
    [InlineData("x-portkey-custom-host", "http://127.0.0.1:1")]
    [InlineData("x-llmconsole-price", "0")]
    [InlineData("x-llmconsole-timeout", "soon")]
    public async Task Header_ThatChoosesWhatIsOurs_Is400(string name, string value)
    {
        using var client = _app.Client(_model.Key);
        client.DefaultRequestHeaders.Add(name, value);

        await RefusedAsync(await AskAsync(client), 400, "invalid_request_error", "invalid_value", name);
    }

    [Fact]
    public async Task Path_UnknownOrWrongMethod_Is404Or405()
    {
        using var client = _app.Client(_model.Key);

        await RefusedAsync(await client.GetAsync("/v1/nothing/here", Cancellation), 404, "invalid_request_error", "not_found", null);
        var answer = await client.GetAsync("/v1/chat/completions", Cancellation);
        answer.Content.Headers.Allow.ShouldBe(["POST"]);
        await RefusedAsync(answer, 405, "invalid_request_error", "method_not_allowed", null);
    }

    [Fact]
    public async Task Headers_TooLarge_Is431()
    {
        using var client = _app.Client(_model.Key);
        client.DefaultRequestHeaders.Add("x-padding", new string('a', 64 * 1024));

        (await AskAsync(client)).StatusCode.ShouldBe(HttpStatusCode.RequestHeaderFieldsTooLarge);
        _model.Provider.Requests.ShouldBeEmpty();
    }

    private Task<HttpResponseMessage> AskAsync(HttpClient client) =>
        client.PostAsync("/v1/chat/completions", new StringContent(_model.Ask(), Encoding.UTF8, "application/json"), Cancellation);

    private async Task RefusedAsync(HttpResponseMessage answer, int status, string type, string code, string? param)
    {
        var text = await answer.TextAsync();
        ((int)answer.StatusCode).ShouldBe(status, text);
        var error = JsonSerializer.Deserialize<JsonElement>(text).GetProperty("error");
        error.GetProperty("type").GetString().ShouldBe(type);
        error.GetProperty("code").GetString().ShouldBe(code);
        error.GetProperty("param").GetString().ShouldBe(param, text);
        error.GetProperty("message").GetString().ShouldNotBeNullOrWhiteSpace();
        error.GetProperty("request_id").GetString().ShouldBe(answer.Headers.GetValues("x-request-id").ShouldHaveSingleItem());
        error.GetProperty("doc_url").GetString()!.ShouldEndWith($"/docs/errors#{code}");
        _model.Provider.Requests.ShouldBeEmpty();
        var records = await _app.RecordsAsync(new UsageFilter { TenantId = _app.Tenant(_model.Name).Id });
        records.ShouldAllBe(record => record.Cost == Usd.Zero && record.InputTokens == 0 && record.OutputTokens == 0 && record.Outcome == Outcome.Refused && record.Attempts == 0);
    }

    /// <summary>A body whose length isn't announced, so that it is sent in chunks.</summary>
    private sealed class UnknownLength(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
