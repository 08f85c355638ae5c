using System.Net;
using LlmConsole.Authentication;
using LlmConsole.Core.Configuration;
using LlmConsole.Tests.Support;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Authentication;

public sealed class SignInTests(AppFixture fixture) : IClassFixture<AppFixture>, IAsyncLifetime
{
    private readonly RunningApp _app = fixture.App;

    public async ValueTask InitializeAsync() =>
        await _app.Services.GetRequiredService<UserDirectory>().CreateFirstOwnerAsync("owner@example.com", BrowserSession.Password, null, TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Page_NotSignedIn_LeadsToSignInAndBack()
    {
        await BrowserSession.CreateUserAsync(_app, "back@example.com", UserRole.Viewer);
        using var browser = new BrowserSession(_app);

        var refused = await GetAsync(browser, "/admin?x=1");
        var page = refused.Headers.Location!.PathAndQuery;
        page.ShouldBe("/account/sign-in?returnUrl=%2Fadmin%3Fx%3D1");

        var signedIn = await browser.SignInAsync("back@example.com", page: page);
        signedIn.Headers.Location!.OriginalString.ShouldEndWith("/admin?x=1");
        (await GetAsync(browser, "/admin?x=1")).StatusCode.ShouldNotBe(HttpStatusCode.Redirect);
    }

    [Theory]
    [InlineData("https%3A%2F%2Fevil.example.com")]
    [InlineData("%2F%2Fevil.example.com")]
    [InlineData("%2F%5Cevil.example.com")]
    public async Task SignIn_ForeignReturnUrl_StaysHere(string returnUrl)
    {
        await EnsureUserAsync("stay@example.com", UserRole.Viewer);
        using var browser = new BrowserSession(_app);

        var response = await browser.SignInAsync("stay@example.com", page: $"/account/sign-in?returnUrl={returnUrl}");

        new Uri(_app.BaseAddress, response.Headers.Location!).ShouldBe(_app.BaseAddress);
    }

    [Fact]
    public async Task SignIn_Cookie_IsOutOfReachOfScriptAndOtherSites()
    {
        await EnsureUserAsync("cookie@example.com", UserRole.Viewer);
        using var browser = new BrowserSession(_app);

        var response = await browser.SignInAsync("cookie@example.com");

        var cookie = response.Headers.GetValues("Set-Cookie").Single(value => value.StartsWith("llmconsole.session=", StringComparison.Ordinal));
        cookie.ShouldContain("httponly", Case.Insensitive);
        cookie.ShouldContain("samesite=lax", Case.Insensitive);
    }

    [Fact]
    public async Task SignIn_UnknownUserAndWrongPassword_AnswerAlike()
    {
        await EnsureUserAsync("known@example.com", UserRole.Viewer);
        using var browser = new BrowserSession(_app);

        var unknown = await FailureAsync(browser, "nobody@example.com");
        var wrong = await FailureAsync(browser, "known@example.com");

        wrong.ShouldBe(unknown);
    }

    [Fact]
    public async Task SignIn_FiveFailures_LocksTheAccountAndSaysNothingNew()
    {
        var user = await BrowserSession.CreateUserAsync(_app, "locked@example.com", UserRole.Viewer);
        using var browser = new BrowserSession(_app);
        var first = await FailureAsync(browser, user.Email);
        for (var i = 0; i < 4; i++) await FailureAsync(browser, user.Email);

        (await FailureAsync(browser, user.Email, BrowserSession.Password)).ShouldBe(first);

        await using var scope = _app.Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<User>>();
        await users.SetLockoutEndDateAsync((await users.FindByIdAsync(user.Id))!, DateTimeOffset.UnixEpoch);
        (await browser.SignInAsync(user.Email)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task SignIn_ManyGuessesAtOnce_CountEachOfThem()
    {
        var user = await BrowserSession.CreateUserAsync(_app, "parallel@example.com", UserRole.Viewer);
        using var browser = new BrowserSession(_app);
        var html = await browser.Client.GetStringAsync(new Uri("/account/sign-in", UriKind.Relative), TestContext.Current.CancellationToken);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => browser.SendAsync("/account/sign-in", html, "sign-in", ("Input.Email", user.Email), ("Input.Password", "wrong password"))));

        await using var scope = _app.Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<User>>();
        (await users.IsLockedOutAsync((await users.FindByIdAsync(user.Id))!)).ShouldBeTrue();
    }

    [Fact]
    public async Task SignIn_WithoutAntiforgeryToken_IsRefused()
    {
        await EnsureUserAsync("forged@example.com", UserRole.Viewer);
        using var browser = new BrowserSession(_app);

        var response = await browser.SendAsync("/account/sign-in", "", "sign-in", ("Input.Email", "forged@example.com"), ("Input.Password", BrowserSession.Password));

        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task SignOut_WithoutItsForm_IsRefusedAndKeepsTheSession()
    {
        await EnsureUserAsync("out@example.com", UserRole.Viewer);
        using var browser = new BrowserSession(_app);
        await browser.SignInAsync("out@example.com");

        var response = await browser.SendAsync("/account/sign-out", "", "");

        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await GetAsync(browser, "/account")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task SignOut_WithTheForm_EndsTheSession()
    {
        await EnsureUserAsync("bye@example.com", UserRole.Viewer);
        using var browser = new BrowserSession(_app);
        await browser.SignInAsync("bye@example.com");
        var html = await browser.Client.GetStringAsync(new Uri("/account", UriKind.Relative), TestContext.Current.CancellationToken);

        (await browser.SendAsync("/account/sign-out", html, "")).StatusCode.ShouldBe(HttpStatusCode.Redirect);

        (await GetAsync(browser, "/account")).StatusCode.ShouldBe(HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task Account_NewPassword_ReplacesTheOldOne()
    {
        const string NewPassword = "a much better one";
        await EnsureUserAsync("change@example.com", UserRole.Member);
        using var browser = new BrowserSession(_app);
        await browser.SignInAsync("change@example.com");

        var refused = await browser.SubmitAsync("/account", "password", ("Input.Current", "not this one"), ("Input.Password", NewPassword), ("Input.Repeated", NewPassword));
        (await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("not your current password");
        var changed = await browser.SubmitAsync("/account", "password", ("Input.Current", BrowserSession.Password), ("Input.Password", NewPassword), ("Input.Repeated", NewPassword));

        changed.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await GetAsync(browser, "/account")).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var other = new BrowserSession(_app);
        (await other.SignInAsync("change@example.com")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await other.SignInAsync("change@example.com", NewPassword)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
    }

    [Theory]
    [InlineData("/admin/v1/users")]
    [InlineData("/admin")]
    public async Task Console_Member_IsDenied(string page)
    {
        await EnsureUserAsync("member@example.com", UserRole.Member);
        using var browser = new BrowserSession(_app);
        await browser.SignInAsync("member@example.com");

        var response = await GetAsync(browser, page);

        if (page == "/admin") response.Headers.Location!.PathAndQuery.ShouldStartWith("/account/denied");
        else response.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    private static Task<HttpResponseMessage> GetAsync(BrowserSession browser, string page) => browser.Client.GetAsync(new Uri(page, UriKind.Relative), TestContext.Current.CancellationToken);

    private async Task EnsureUserAsync(string email, UserRole role)
    {
        var all = await _app.Services.GetRequiredService<UserDirectory>().ListAsync(TestContext.Current.CancellationToken);
        if (all.All(user => user.Email != email)) await BrowserSession.CreateUserAsync(_app, email, role);
    }

    /// <summary>What the page says, without what differs in every answer.</summary>
    private static async Task<string> FailureAsync(BrowserSession browser, string email, string password = "wrong password")
    {
        var response = await browser.SignInAsync(email, password);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        var html = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var start = html.IndexOf("role=\"alert\">", StringComparison.Ordinal);
        return html[start..html.IndexOf("</p>", start, StringComparison.Ordinal)];
    }
}

public sealed class SessionTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Session_UserDisabledOrDeleted_EndsWithinSeconds(bool disable)
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var app = await RunningApp.StartAsync(services => services.AddSingleton<TimeProvider>(time));
        var directory = app.Services.GetRequiredService<UserDirectory>();
        await BrowserSession.CreateOwnerAsync(app);
        var user = await BrowserSession.CreateUserAsync(app, "viewer@example.com", UserRole.Viewer);
        using var browser = new BrowserSession(app);
        await browser.SignInAsync(user.Email);
        (await StatusAsync()).ShouldBe(HttpStatusCode.OK);

        if (disable) await directory.UpdateAsync(UserEditor.System, user.Id, current => current with { Disabled = true }, TestContext.Current.CancellationToken);
        else await directory.DeleteAsync(UserEditor.System, user.Id, TestContext.Current.CancellationToken);
        time.Advance(AccessRegistration.RevalidationInterval + TimeSpan.FromSeconds(1));

        (await StatusAsync()).ShouldBe(HttpStatusCode.Unauthorized);

        async Task<HttpStatusCode> StatusAsync() => (await browser.Client.GetAsync(new Uri("/admin/v1/users", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode;
    }

    [Fact]
    public async Task Session_RoleChanged_HasTheNewRoleWithinSeconds()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var app = await RunningApp.StartAsync(services => services.AddSingleton<TimeProvider>(time));
        await BrowserSession.CreateOwnerAsync(app);
        var user = await BrowserSession.CreateUserAsync(app, "viewer@example.com", UserRole.Viewer);
        using var browser = new BrowserSession(app);
        await browser.SignInAsync(user.Email);

        await app.Services.GetRequiredService<UserDirectory>().UpdateAsync(UserEditor.System, user.Id, current => current with { Role = UserRole.Member }, TestContext.Current.CancellationToken);
        time.Advance(AccessRegistration.RevalidationInterval + TimeSpan.FromSeconds(1));

        var response = await browser.Client.GetAsync(new Uri("/admin/v1/users", UriKind.Relative), TestContext.Current.CancellationToken);
        response.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }
}
