using System.Net;
using System.Text;
using System.Text.Json;
using LlmConsole.Core.Bodies;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using LlmConsole.Tests.Api.Admin;
using LlmConsole.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Bodies;

/// <summary>What is kept of calls, through the API.</summary>
public sealed class KeptBodiesTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    private RunningApp App => fixture.App;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Call_OfATenantThatKeepsNothing_LeavesNothing()
    {
        var admin = await AdminClient.OfAsync(App);
        var id = await CallAsync(await App.IssueKeyAsync(), "hello ada@example.com");

        (await admin.GetAsync($"requests/{id}/body")).ExpectError(HttpStatusCode.NotFound, "not_found");
        (await App.Services.GetRequiredService<KeptBodies>().SizeAsync(App.Tenant().Id, Cancellation)).Calls.ShouldBe(0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Call_OfATenantThatKeeps_IsReadMaskedAndEachLookIsAudited(bool stream)
    {
        var admin = await AdminClient.OfAsync(App);
        var tenant = await CreateAsync(admin, """{"retentionDays":3}""");

        // The simulator says it word by word, so that only the whole text shows the address.
        var id = await CallAsync(await App.IssueKeyAsync(tenant.Name), "write to ada @example.com and bob@example.com", stream);

        var body = (await KeptAsync(admin, id)).Expect(HttpStatusCode.OK);
        body["request"].GetProperty("messages")[0].GetProperty("content").GetString().ShouldBe("write to ada @example.com and [e-mail]");
        body["response"].GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!.ShouldContain("[e-mail]");
        body.Text.ShouldNotContain("bob@");
        (body["expiresAt"].GetDateTimeOffset() - App.Services.GetRequiredService<TimeProvider>().GetUtcNow()).TotalDays.ShouldBe(3, 0.1);
        var audit = await admin.GetAsync($"audit?action=view&kind=body&target={id}");
        audit["data"].GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task Call_Refused_KeepsWhatWasAsked()
    {
        var admin = await AdminClient.OfAsync(App);
        var tenant = await CreateAsync(admin, """{"masks":["cards"]}""");

        var id = await CallAsync(await App.IssueKeyAsync(tenant.Name), "from ada@example.com", model: "no-such-model");

        var body = await KeptAsync(admin, id);
        body["request"].GetProperty("messages")[0].GetProperty("content").GetString().ShouldBe("from ada@example.com");
        body["response"].ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task Delete_OfATenant_TakesItsBodiesAndIsAudited()
    {
        var admin = await AdminClient.OfAsync(App);
        var tenant = await CreateAsync(admin, "{}");
        var id = await CallAsync(await App.IssueKeyAsync(tenant.Name), "hello");
        await KeptAsync(admin, id);

        (await admin.DeleteAsync($"tenants/{tenant.Id}/bodies")).Expect(HttpStatusCode.NoContent);

        (await admin.GetAsync($"requests/{id}/body")).ExpectError(HttpStatusCode.NotFound, "not_found");
        (await admin.GetAsync($"audit?kind=body&action=delete&target={tenant.Id}"))["data"].GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task Patch_BadRetention_NamesTheField()
    {
        var admin = await AdminClient.OfAsync(App);
        var tenant = await CreateAsync(admin, "{}");

        (await admin.PatchAsync($"tenants/{tenant.Id}", """{"bodies":{"retentionDays":0}}""")).ExpectError(HttpStatusCode.BadRequest, "invalid_value", "bodies.retentionDays");
        (await admin.PatchAsync($"tenants/{tenant.Id}", """{"bodies":{"masks":["names"]}}""")).ExpectError(HttpStatusCode.BadRequest, "invalid_value", "bodies.masks[0]");
        (await admin.PatchAsync($"tenants/{tenant.Id}", """{"bodies":null}"""))["bodies"].ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task Sweep_AfterItsTime_DeletesInChunks()
    {
        var contexts = App.Services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>();
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddDays(10));
        await using (var db = await contexts.CreateDbContextAsync(Cancellation))
        {
            db.AddRange(Enumerable.Range(0, 450).Select(i => new KeptBody { RequestId = $"req_sweep_{i}", TenantId = "ten_gone", ExpiresAt = DateTimeOffset.UnixEpoch.AddDays(i < 430 ? 1 : 20), Request = [], Response = [] }));
            await db.SaveChangesAsync(Cancellation);
        }

        using var keeper = new BodyKeeper(contexts, App.Services.GetRequiredService<DatabaseConnections>(), time, NullLogger<BodyKeeper>.Instance);

        (await keeper.SweepAsync(Cancellation)).ShouldBe(430);
        (await App.Services.GetRequiredService<KeptBodies>().SizeAsync("ten_gone", Cancellation)).Calls.ShouldBe(20);
    }

    [Fact]
    public void Keep_MoreThanMayWait_IsLeftOut()
    {
        using var keeper = new BodyKeeper(App.Services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>(), App.Services.GetRequiredService<DatabaseConnections>(), TimeProvider.System, NullLogger<BodyKeeper>.Instance);
        var body = new PendingBody { RequestId = "r", TenantId = "t", Policy = new BodyPolicy(), Request = [], Response = () => default, Size = BodyKeeper.MostPending / 2 };

        (keeper.Keep(body), keeper.Keep(body), keeper.Keep(body), keeper.Keep(body with { Size = 0 })).ShouldBe((true, true, false, true));
    }

    private async Task<Tenant> CreateAsync(AdminClient admin, string bodies)
    {
        var created = (await admin.PostAsync("tenants", $$"""{"name":"Keeps {{Guid.NewGuid():N}}","tier":"Default","bodies":{{bodies}}}""")).Expect(HttpStatusCode.Created);
        return App.Configuration.Tenants[created.Id];
    }

    private async Task<string> CallAsync(string key, string text, bool stream = false, string model = "simulator/echo")
    {
        using var client = App.Client(key);
        var body = JsonSerializer.Serialize(new { model, stream, messages = new[] { new { role = "user", content = text } } });
        using var response = await client.PostAsync("/v1/chat/completions", new StringContent(body, Encoding.UTF8, "application/json"), Cancellation);
        await response.Content.ReadAsByteArrayAsync(Cancellation);
        await App.IdleAsync();
        return response.Headers.GetValues("x-request-id").Single();
    }

    /// <summary>The body once it is written, which happens beside the road.</summary>
    private async Task<Answer> KeptAsync(AdminClient admin, string id)
    {
        var kept = App.Services.GetRequiredService<KeptBodies>();
        while (await kept.FindAsync(id, Cancellation) is null) await Task.Yield();
        return await admin.GetAsync($"requests/{id}/body");
    }
}
