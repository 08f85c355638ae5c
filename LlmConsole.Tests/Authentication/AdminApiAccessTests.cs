using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LlmConsole.Authentication;
using LlmConsole.Core.Configuration;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Authentication;

public sealed class AdminApiAccessTests(AppFixture fixture) : IClassFixture<AppFixture>, IAsyncLifetime
{
    private readonly RunningApp _app = fixture.App;

    public async ValueTask InitializeAsync()
    {
        var users = _app.Services.GetRequiredService<UserDirectory>();
        if (await users.CreateFirstOwnerAsync("owner@example.com", BrowserSession.Password, null, TestContext.Current.CancellationToken) is null) return;
        await BrowserSession.CreateUserAsync(_app, "admin@example.com", UserRole.Admin);
        await BrowserSession.CreateUserAsync(_app, "viewer@example.com", UserRole.Viewer);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Call_WithoutCredential_IsRefusedAndToldWhatToSend()
    {
        var error = await ErrorOfAsync(await _app.Http.GetAsync(new Uri("/admin/v1/tiers", UriKind.Relative), TestContext.Current.CancellationToken), HttpStatusCode.Unauthorized);

        error.GetProperty("code").GetString().ShouldBe("invalid_api_key");
        error.GetProperty("message").GetString()!.ShouldContain("llmc_admin_");
    }

    [Fact]
    public async Task Call_WithAdminKey_MayReadAndWrite()
    {
        using var client = _app.Client(await _app.IssueAdminKeyAsync());

        (await client.GetAsync(new Uri("/admin/v1/tiers", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await CreateTierAsync(client, "By key")).StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Call_WithAdminKeyInTheOtherHeader_IsAccepted()
    {
        using var client = _app.Client();
        client.DefaultRequestHeaders.Add("x-api-key", await _app.IssueAdminKeyAsync());

        (await client.GetAsync(new Uri("/admin/v1/tiers", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Call_WithChatKey_IsRefusedAndNamesTheRightKind()
    {
        using var client = _app.Client(await _app.IssueKeyAsync());

        var error = await ErrorOfAsync(await client.GetAsync(new Uri("/admin/v1/tiers", UriKind.Relative), TestContext.Current.CancellationToken), HttpStatusCode.Forbidden);

        error.GetProperty("message").GetString()!.ShouldContain("llmc_admin_");
    }

    [Fact]
    public async Task Call_WithRevokedAdminKey_IsRefused()
    {
        var text = await _app.IssueAdminKeyAsync();
        await _app.PutAsync(_app.KeyOf(text) with { RevokedAt = DateTimeOffset.UnixEpoch });
        using var client = _app.Client(text);

        await ErrorOfAsync(await client.GetAsync(new Uri("/admin/v1/tiers", UriKind.Relative), TestContext.Current.CancellationToken), HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Call_WithTwoCredentials_IsRefused()
    {
        using var client = _app.Client(await _app.IssueAdminKeyAsync());
        client.DefaultRequestHeaders.Add("x-api-key", await _app.IssueAdminKeyAsync());

        await ErrorOfAsync(await client.GetAsync(new Uri("/admin/v1/tiers", UriKind.Relative), TestContext.Current.CancellationToken), HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData(null, HttpStatusCode.Forbidden)]
    [InlineData("cross-site", HttpStatusCode.Forbidden)]
    [InlineData("same-origin", HttpStatusCode.Created)]
    public async Task Write_WithASession_MustComeFromOurOwnPages(string? site, HttpStatusCode expected)
    {
        using var browser = new BrowserSession(_app);
        await browser.SignInAsync("admin@example.com");
        if (site is not null) browser.Client.DefaultRequestHeaders.Add("Sec-Fetch-Site", site);

        (await CreateTierAsync(browser.Client, $"Tier {site}")).StatusCode.ShouldBe(expected);
    }

    [Theory]
    [InlineData("/hubs/live", true)]
    [InlineData("/hubs/live", false)]
    [InlineData("/_blazor", true)]
    [InlineData("/_blazor", false)]
    public async Task Connection_WithASession_MustComeFromOurOwnPages(string path, bool isOurs)
    {
        using var browser = new BrowserSession(_app);
        await browser.SignInAsync("admin@example.com");
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Origin", isOurs ? _app.BaseAddress.GetLeftPart(UriPartial.Authority) : "https://elsewhere.example.com" } } };

        using var answer = await browser.Client.SendAsync(request, TestContext.Current.CancellationToken);

        (answer.StatusCode == HttpStatusCode.Forbidden).ShouldBe(!isOurs);
    }

    [Fact]
    public async Task Write_AsViewer_IsDenied()
    {
        using var browser = new BrowserSession(_app);
        await browser.SignInAsync("viewer@example.com");
        browser.Client.DefaultRequestHeaders.Add("Sec-Fetch-Site", "same-origin");

        var error = await ErrorOfAsync(await CreateTierAsync(browser.Client, "By viewer"), HttpStatusCode.Forbidden);

        error.GetProperty("code").GetString().ShouldBe("permission_denied");
    }

    [Fact]
    public async Task Call_SessionCookieOnTheChatApi_OpensNothing()
    {
        using var browser = new BrowserSession(_app);
        await browser.SignInAsync("owner@example.com");

        await ErrorOfAsync(await browser.Client.GetAsync(new Uri("/v1/models", UriKind.Relative), TestContext.Current.CancellationToken), HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Users_FullLife_WorksAndNeverShowsThePassword()
    {
        using var client = _app.Client(await _app.IssueAdminKeyAsync());
        var created = await client.PostAsJsonAsync("/admin/v1/users", new { email = "rest@example.com", password = BrowserSession.Password, role = "member", tenant = Seed.DefaultName }, TestContext.Current.CancellationToken);
        created.StatusCode.ShouldBe(HttpStatusCode.Created);
        var body = await created.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        body.ShouldNotContain(BrowserSession.Password);
        body.ShouldNotContain("hash", Case.Insensitive);
        var user = created.Headers.Location!;

        var changed = await client.PatchAsJsonAsync(user, new { role = "viewer", disabled = true }, TestContext.Current.CancellationToken);
        var view = await changed.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        view.GetProperty("role").GetString().ShouldBe("viewer");
        view.GetProperty("disabled").GetBoolean().ShouldBeTrue();
        view.GetProperty("tenant").GetString().ShouldBe(Seed.DefaultName);

        (await client.DeleteAsync(user, TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await client.GetAsync(user, TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("""{"email":"x","password":"correct horse","role":"viewer"}""", "email")]
    [InlineData("""{"email":"x@example.com","password":"short","role":"viewer"}""", "password")]
    [InlineData("""{"email":"x@example.com","password":"correct horse"}""", "role")]
    [InlineData("""{"email":"x@example.com","password":"correct horse","role":"member"}""", "tenant")]
    [InlineData("""{"email":"x@example.com","password":"correct horse","role":"viewer","tenant":"Nobody"}""", "tenant")]
    [InlineData("""{"email":"OWNER@example.com","password":"correct horse","role":"viewer"}""", "email")]
    public async Task Users_BadField_IsRefusedByName(string json, string param)
    {
        using var client = _app.Client(await _app.IssueAdminKeyAsync());
        using var content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");

        var error = await ErrorOfAsync(await client.PostAsync(new Uri("/admin/v1/users", UriKind.Relative), content, TestContext.Current.CancellationToken), HttpStatusCode.BadRequest);

        error.GetProperty("param").GetString().ShouldBe(param);
    }

    [Fact]
    public async Task Users_AdminKeyMakesAnOwner_IsDenied()
    {
        using var client = _app.Client(await _app.IssueAdminKeyAsync());

        var response = await client.PostAsJsonAsync("/admin/v1/users", new { email = "o@example.com", password = BrowserSession.Password, role = "owner" }, TestContext.Current.CancellationToken);

        await ErrorOfAsync(response, HttpStatusCode.Forbidden);
    }

    private static Task<HttpResponseMessage> CreateTierAsync(HttpClient client, string name) =>
        client.PostAsJsonAsync("/admin/v1/tiers", new { name }, TestContext.Current.CancellationToken);

    private static async Task<JsonElement> ErrorOfAsync(HttpResponseMessage response, HttpStatusCode expected)
    {
        response.StatusCode.ShouldBe(expected);
        return (await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("error");
    }
}
