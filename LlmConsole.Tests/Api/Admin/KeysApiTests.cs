using System.Net;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using LlmConsole.Tests.Authentication;
using LlmConsole.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Api.Admin;

public sealed class KeysApiTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    private RunningApp App => fixture.App;

    [Fact]
    public async Task Post_ForATenant_ShowsAWorkingKeyOnce()
    {
        var admin = await AdminClient.OfAsync(App);

        var made = (await admin.PostAsync("keys", """{"tenant":"Default","name":"Once","requestsPerMinute":60,"models":["simulator/*"]}""")).Expect(HttpStatusCode.Created);

        var text = made["key"].GetString()!;
        KeyFormat.TryParse(text, out var kind).ShouldBeTrue();
        kind.ShouldBe(ApiKeyKind.Live);
        (await ModelsAsync(text)).ShouldBe(HttpStatusCode.OK);
        foreach (var later in (Answer[])[await admin.GetAsync($"keys/{made.Id}"), await admin.GetAsync("keys?limit=200"), await admin.GetAsync("audit?limit=200")])
        {
            later.Expect(HttpStatusCode.OK).Text.ShouldNotContain(text);
            later.Text.ShouldNotContain("\"hash\"");
        }
    }

    [Theory]
    [InlineData("""{"name":"x"}""", "tenant")]
    [InlineData("""{"name":"x","tenant":"none such"}""", "tenant")]
    [InlineData("""{"tenant":"Default"}""", "name")]
    [InlineData("""{"tenant":"Default","name":"x","expiresAt":"2001-01-01T00:00:00Z"}""", "expiresAt")]
    [InlineData("""{"tenant":"Default","name":"x","requestsPerMinute":0}""", "requestsPerMinute")]
    [InlineData("""{"tenant":"Default","name":"x","models":["a*b"]}""", "models[0]")]
    public async Task Post_WrongField_RefusesByName(string body, string param)
    {
        var admin = await AdminClient.OfAsync(App);

        (await admin.PostAsync("keys", body)).ExpectError(HttpStatusCode.BadRequest, "invalid_value", param);
    }

    [Fact]
    public async Task Post_AdminKeyByAdminKey_IsForTheOwner()
    {
        var admin = await AdminClient.OfAsync(App);

        (await admin.PostAsync("keys", """{"kind":"admin","name":"More power"}""")).ExpectError(HttpStatusCode.Forbidden, "permission_denied");

        App.Configuration.Keys.Values.ShouldNotContain(key => key.Name == "More power");
    }

    [Fact]
    public async Task AdminKeys_ByAdminKey_CantBeChangedRotatedOrRevoked()
    {
        var admin = await AdminClient.OfAsync(App);
        var other = App.KeyOf(await App.IssueAdminKeyAsync());

        (await admin.PatchAsync($"keys/{other.Id}", """{"name":"mine"}""")).ExpectError(HttpStatusCode.Forbidden, "permission_denied");
        (await admin.PostAsync($"keys/{other.Id}/rotate", "{}")).ExpectError(HttpStatusCode.Forbidden, "permission_denied");
        (await admin.DeleteAsync($"keys/{other.Id}")).ExpectError(HttpStatusCode.Forbidden, "permission_denied");

        App.Configuration.Keys[other.Id].ShouldBe(other);
    }

    [Fact]
    public async Task Post_AdminKeyByOwner_Works()
    {
        await using var app = await RunningApp.StartAsync();
        await BrowserSession.CreateOwnerAsync(app);
        using var browser = new BrowserSession(app);
        await browser.SignInAsync("owner@example.com");
        browser.Client.DefaultRequestHeaders.Add("Sec-Fetch-Site", "same-origin");
        var owner = new AdminClient(browser.Client);

        var made = (await owner.PostAsync("keys", """{"kind":"admin","name":"Deploy"}""")).Expect(HttpStatusCode.Created);

        (await new AdminClient(app.Client(made["key"].GetString())).GetAsync("tiers")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Rotate_WithOverlap_LeavesBothWorkingUntilItEnds()
    {
        var admin = await AdminClient.OfAsync(App);
        var old = await admin.PostAsync("keys", """{"tenant":"Default","name":"Turning","requestsPerMinute":30,"models":["simulator/*"]}""");

        var fresh = (await admin.PostAsync($"keys/{old.Id}/rotate", """{"overlapSeconds":3600}""")).Expect(HttpStatusCode.Created);

        fresh.Id.ShouldNotBe(old.Id);
        (fresh["name"].GetString(), fresh["requestsPerMinute"].GetInt32(), fresh["tenant"].GetString()).ShouldBe(("Turning", 30, "Default"));
        fresh["expiresAt"].ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
        var end = App.Configuration.Keys[old.Id].ExpiresAt!.Value;
        end.ShouldBe(App.Configuration.Keys[fresh.Id].CreatedAt.AddHours(1), TimeSpan.FromMinutes(1));
        (await ModelsAsync(old["key"].GetString()!)).ShouldBe(HttpStatusCode.OK);
        (await ModelsAsync(fresh["key"].GetString()!)).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Rotate_WithoutOverlap_EndsTheOldKeyNow()
    {
        var admin = await AdminClient.OfAsync(App);
        var old = await admin.PostAsync("keys", """{"tenant":"Default","name":"Leaked"}""");

        (await admin.PostAsync($"keys/{old.Id}/rotate", """{"overlapSeconds":0}""")).Expect(HttpStatusCode.Created);

        (await ModelsAsync(old["key"].GetString()!)).ShouldBe(HttpStatusCode.Unauthorized);
        (await admin.PostAsync($"keys/{old.Id}/rotate", """{"overlapSeconds":0}""")).ExpectError(HttpStatusCode.Conflict, "conflict");
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2_592_001)]
    public async Task Rotate_OverlapOutOfRange_Refuses(int seconds)
    {
        var admin = await AdminClient.OfAsync(App);
        var key = await admin.PostAsync("keys", """{"tenant":"Default","name":"Steady"}""");

        (await admin.PostAsync($"keys/{key.Id}/rotate", $$"""{"overlapSeconds":{{seconds}}}""")).ExpectError(HttpStatusCode.BadRequest, "invalid_value", "overlapSeconds");
    }

    [Fact]
    public async Task Delete_Always_RevokesAtOnceAndKeepsTheRow()
    {
        var admin = await AdminClient.OfAsync(App);
        var key = await admin.PostAsync("keys", """{"tenant":"Default","name":"Gone"}""");

        (await admin.DeleteAsync($"keys/{key.Id}")).Expect(HttpStatusCode.NoContent);
        (await admin.DeleteAsync($"keys/{key.Id}")).Expect(HttpStatusCode.NoContent);

        (await ModelsAsync(key["key"].GetString()!)).ShouldBe(HttpStatusCode.Unauthorized);
        (await admin.GetAsync($"keys/{key.Id}"))["status"].GetString().ShouldBe("revoked");
        (await admin.GetAsync("keys?status=revoked&limit=200")).Ids.ShouldContain(key.Id);
        (await admin.GetAsync("keys?status=active&limit=200")).Ids.ShouldNotContain(key.Id);
        await using var db = App.Services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>().CreateDbContext();
        (await db.Set<ApiKey>().CountAsync(row => row.Id == key.Id, TestContext.Current.CancellationToken)).ShouldBe(1);
    }

    [Fact]
    public async Task Patch_TenantOrKind_IsNotPossible()
    {
        var admin = await AdminClient.OfAsync(App);
        var key = await admin.PostAsync("keys", """{"tenant":"Default","name":"Rooted"}""");

        (await admin.PatchAsync($"keys/{key.Id}", """{"tenant":"Default"}""")).ExpectError(HttpStatusCode.BadRequest, "invalid_value", "tenant");
        (await admin.PatchAsync($"keys/{key.Id}", """{"kind":"admin"}""")).ExpectError(HttpStatusCode.BadRequest, "invalid_value", "kind");
        (await admin.PatchAsync($"keys/{key.Id}", """{"name":"Renamed","expiresAt":"2099-01-01T00:00:00Z"}""")).Expect(HttpStatusCode.OK);
        App.Configuration.Keys[key.Id].ExpiresAt.ShouldBe(new DateTimeOffset(2099, 1, 1, 0, 0, 0, TimeSpan.Zero));
    }

    private async Task<HttpStatusCode> ModelsAsync(string key)
    {
        using var client = App.Client(key);
        return (await client.GetAsync(new Uri("/v1/models", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode;
    }
}
