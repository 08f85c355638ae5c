using System.Net;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using LlmConsole.Core.Webhooks;
using LlmConsole.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Api.Admin;

/// <summary>An app that may send to this machine.</summary>
public sealed class OutboundAppFixture : IAsyncLifetime
{
    public RunningApp App { get; private set; } = null!;

    public async ValueTask InitializeAsync() => App = await RunningApp.StartAsync(("Outbound:AllowPrivate", "true"));

    public ValueTask DisposeAsync() => App.DisposeAsync();
}

public sealed class WebhooksApiTests(OutboundAppFixture fixture) : IClassFixture<OutboundAppFixture>, IAsyncLifetime
{
    private ScriptedModel _model = null!;
    private ScriptedProvider _receiver = null!;
    private AdminClient _admin = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        (_model, _receiver, _admin) = (await ScriptedModel.PublishAsync(fixture.App), await ScriptedProvider.StartAsync(), await AdminClient.OfAsync(fixture.App));
        _receiver.Otherwise = Play.Json("{}");
    }

    public async ValueTask DisposeAsync()
    {
        await _model.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    [Fact]
    public async Task Job_ThatEnds_IsDeliveredSignedOnce_AndSentAgainWithTheSameId()
    {
        var created = await CreateAsync("job.*");
        var (id, secret) = (created.Id, created["secret"].GetString()!);
        var jobs = new JobClient(fixture.App.Client(_model.Key));
        var job = await jobs.StartAsync($$"""{"type":"chat","body":{{_model.Ask()}}}""");
        await _receiver.RequestsAsync(1);

        var received = _receiver.Requests[0];
        received.Headers["webhook-signature"].ShouldBe(WebhookSignature.Sign([secret], received.Headers["webhook-id"], DateTimeOffset.FromUnixTimeSeconds(long.Parse(received.Headers["webhook-timestamp"])), received.Body));
        (received.Json.GetProperty("type").GetString(), received.Json.GetProperty("data").GetProperty("id").GetString(), received.Json.GetProperty("data").GetProperty("counts").GetProperty("succeeded").GetInt32()).ShouldBe(("job.succeeded", job, 1));
        received.Json.GetProperty("data").GetProperty("cost_usd").GetDecimal().ShouldBe((await jobs.FindAsync(job)).GetProperty("cost_usd").GetDecimal());

        var delivery = (await UntilAsync(id, list => list["data"][0].GetProperty("status").GetString() == "delivered"))["data"][0].GetProperty("id").GetString();
        (await _admin.PostAsync($"webhooks/{id}/deliveries/{delivery}/resend")).Expect(HttpStatusCode.OK);
        await _receiver.RequestsAsync(2);
        _receiver.Requests.Select(request => request.Headers["webhook-id"]).Distinct().Count().ShouldBe(1);
        await UntilAsync(id, list => list["data"][0].GetProperty("attempts").GetInt32() == 2);
        var details = await _admin.GetAsync($"webhooks/{id}/deliveries/{delivery}");
        (details["subject"].GetString(), details["log"].GetArrayLength(), details["body"].GetString()).ShouldBe((job, 2, received.Text));
    }

    [Fact]
    public async Task Job_ThatNamesAnEndpoint_TellsItWhateverItTakes()
    {
        var created = await CreateAsync("alert.fired");
        var jobs = new JobClient(fixture.App.Client(_model.Key));

        var job = await jobs.StartAsync($$"""{"type":"chat","body":{{_model.Ask()}},"webhook":"{{created["url"].GetString()}}"}""");
        await _receiver.RequestsAsync(1);
        (await jobs.SubmitAsync(_model.Ask(), "application/jsonl", "?webhook=whk_none")).Json.Param().ShouldBe("webhook");
        var (status, refusal, _) = await jobs.SubmitAsync($$"""{"type":"chat","body":{{_model.Ask()}},"webhook":"https://elsewhere.example/"}""");

        _receiver.Requests[0].Json.GetProperty("data").GetProperty("id").GetString().ShouldBe(job);
        (status, refusal.Param()).ShouldBe((HttpStatusCode.BadRequest, "webhook"));
    }

    [Fact]
    public async Task Endpoint_OverItsLife_ShowsItsSecretOnceAndStandsInTheAuditLog()
    {
        var created = await CreateAsync("job.failed");
        var secret = created["secret"].GetString()!;
        secret.ShouldStartWith("whsec_");
        var id = created.Id;

        (await _admin.PatchAsync($"webhooks/{id}", """{"events":["job.*","budget.threshold"],"enabled":false}""")).Expect(HttpStatusCode.OK)["enabled"].GetBoolean().ShouldBeFalse();
        (await _admin.PatchAsync($"webhooks/{id}", """{"enabled":true}""")).Expect(HttpStatusCode.OK)["disabledReason"].ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
        var rotated = (await _admin.PostAsync($"webhooks/{id}/rotate", """{"overlapSeconds":60}""")).Expect(HttpStatusCode.OK);
        var fresh = rotated["secret"].GetString()!;
        _receiver.Next(Play.Json("teapot", 418));
        var test = (await _admin.PostAsync($"webhooks/{id}/test")).Expect(HttpStatusCode.OK);

        (test["event"].GetString(), test["lastStatus"].GetInt32(), test["log"][0].GetProperty("responseStart").GetString()).ShouldBe(("webhook.test", 418, "teapot"));
        _receiver.Requests[0].Headers["webhook-signature"].Split(' ').Length.ShouldBe(2);
        var text = (await _admin.GetAsync($"webhooks/{id}")).Text + (await _admin.GetAsync("webhooks")).Text + (await _admin.GetAsync($"audit?target={id}")).Text;
        text.ShouldNotContain(secret);
        text.ShouldNotContain(fresh);
        (await _admin.DeleteAsync($"webhooks/{id}")).Expect(HttpStatusCode.NoContent);
        (await _admin.GetAsync($"webhooks/{id}")).ExpectError(HttpStatusCode.NotFound, "not_found");
        (await _admin.GetAsync($"audit?target={id}"))["data"].EnumerateArray().Select(entry => entry.GetProperty("action").GetString())
            .ShouldBe(["delete", "webhook.test", "update", "update", "update", "create"]);
        await StoredNowhereAsync(secret, fresh);
    }

    [Fact]
    public async Task Resend_OfADisabledEndpoint_IsRefused()
    {
        var id = (await CreateAsync("job.failed")).Id;
        var delivery = (await _admin.PostAsync($"webhooks/{id}/test")).Id;
        await _admin.PatchAsync($"webhooks/{id}", """{"enabled":false}""");

        (await _admin.PostAsync($"webhooks/{id}/deliveries/{delivery}/resend")).ExpectError(HttpStatusCode.Conflict, "conflict");
        (await _admin.PostAsync($"webhooks/{id}/deliveries/dlv_none/resend")).ExpectError(HttpStatusCode.NotFound, "not_found");
        (await _admin.GetAsync("webhooks?enabled=false")).Ids.ShouldContain(id);
        (await _admin.GetAsync($"webhooks/{id}/deliveries?status=failed")).Ids.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("""{"url":"http://169.254.169.254/latest","events":["*"]}""", "url")]
    [InlineData("""{"url":"http://[::ffff:169.254.169.254]/","events":["*"]}""", "url")]
    [InlineData("""{"url":"http://0xa9fea9fe/","events":["*"]}""", "url")]
    [InlineData("""{"url":"gopher://example.com/","events":["*"]}""", "url")]
    [InlineData("""{"url":"hooks","events":["*"]}""", "url")]
    [InlineData("""{"events":["*"]}""", "url")]
    [InlineData("""{"url":"http://127.0.0.1:9/"}""", "events")]
    [InlineData("""{"url":"http://127.0.0.1:9/","events":["job.*","job.finished"]}""", "events[1]")]
    [InlineData("""{"url":"http://127.0.0.1:9/","events":["*"],"tenant":"no such"}""", "tenant")]
    [InlineData("""{"url":"http://127.0.0.1:9/","events":["*"],"format":"fax"}""", "format")]
    public async Task Post_WrongField_IsRefusedByName(string body, string field) => (await _admin.PostAsync("webhooks", body)).ExpectError(HttpStatusCode.BadRequest, "invalid_value", field);

    [Theory]
    [InlineData("http://127.0.0.1:9/")]
    [InlineData("http://2130706433/")]
    [InlineData("http://[::1]/")]
    [InlineData("http://localhost:9/")]
    public async Task Post_PrivateAddressWithoutTheSetting_IsRefused(string url)
    {
        await using var app = await RunningApp.StartAsync();
        var admin = await AdminClient.OfAsync(app);

        (await admin.PostAsync("webhooks", $$"""{"url":"{{url}}","events":["*"]}""")).ExpectError(HttpStatusCode.BadRequest, "invalid_value", "url");
    }

    [Fact]
    public async Task Tenant_ThatIsDeleted_TakesItsEndpointsAndTheRulesThatNameThemAlong()
    {
        var tenant = await fixture.App.CreateTenantAsync("Shortlived");
        var id = (await _admin.PostAsync("webhooks", """{"tenant":"Shortlived","url":"http://127.0.0.1:9/","events":["*"]}""")).Id;
        var rule = (await _admin.PostAsync("alert-rules", $$"""{"kind":"budget","name":"Shortlived","tenant":"Shortlived","webhooks":["{{id}}"]}""")).Expect(HttpStatusCode.Created).Id;

        (await _admin.DeleteAsync($"tenants/{tenant.Id}")).Expect(HttpStatusCode.NoContent);

        fixture.App.Configuration.Webhooks.Keys.ShouldNotContain(id);
        fixture.App.Configuration.AlertRules.Keys.ShouldNotContain(rule);
        (await _admin.GetAsync($"audit?target={id}"))["data"][0].GetProperty("action").GetString().ShouldBe("delete");
    }

    private async Task<Answer> CreateAsync(string events) =>
        (await _admin.PostAsync("webhooks", $$"""{"tenant":"{{_model.Name}}","url":"{{_receiver.BaseUrl}}/hook","events":["{{events}}"]}""")).Expect(HttpStatusCode.Created);

    private async Task<Answer> UntilAsync(string id, Func<Answer, bool> condition)
    {
        while (true)
        {
            var list = await _admin.GetAsync($"webhooks/{id}/deliveries");
            if (condition(list)) return list;
        }
    }

    private async Task StoredNowhereAsync(params string[] secrets)
    {
        await using var db = await fixture.App.Services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>().CreateDbContextAsync(Cancellation);
        var rows = await db.Set<WebhookEndpoint>().AsNoTracking().ToListAsync(Cancellation);
        rows.ShouldAllBe(row => secrets.All(secret => !row.ProtectedSecret.Contains(secret)));
        fixture.App.Log.Lines.ShouldAllBe(line => secrets.All(secret => !line.Contains(secret)));
    }
}
