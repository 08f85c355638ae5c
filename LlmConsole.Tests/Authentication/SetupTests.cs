using System.Net;
using LlmConsole.Authentication;
using LlmConsole.Core.Configuration;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Authentication;

public sealed class SetupTests
{
    private static readonly (string, string)[] Owner = [("Input.Email", "ada@example.com"), ("Input.Password", BrowserSession.Password), ("Input.Repeated", BrowserSession.Password)];

    [Fact]
    public async Task Pages_NoOwnerYet_LeadToSetup()
    {
        await using var app = await RunningApp.StartAsync();

        foreach (var page in (string[])["/", "/admin", "/admin/keys", "/chat", "/account/sign-in"])
        {
            var response = await app.Http.GetAsync(new Uri(page, UriKind.Relative), TestContext.Current.CancellationToken);
            response.StatusCode.ShouldBe(HttpStatusCode.Redirect, page);
            response.Headers.Location!.OriginalString.ShouldBe("/setup", page);
        }
    }

    [Theory]
    [InlineData("/setup")]
    [InlineData("/setup?token=guess")]
    public async Task Setup_WithoutTheToken_IsRefusedAndSaysWhereTheLinkIs(string page)
    {
        await using var app = await RunningApp.StartAsync();

        var response = await app.Http.GetAsync(new Uri(page, UriKind.Relative), TestContext.Current.CancellationToken);

        response.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("one-time link");
    }

    [Fact]
    public async Task Setup_FormWithAWrongToken_CreatesNobody()
    {
        await using var app = await RunningApp.StartAsync();
        using var browser = new BrowserSession(app);
        var html = await browser.Client.GetStringAsync(new Uri($"/setup?token={BrowserSession.SetupTokenOf(app)}", UriKind.Relative), TestContext.Current.CancellationToken);

        var response = await browser.SendAsync("/setup?token=guess", html, "owner", Owner);

        response.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await UsersOf(app)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Setup_BadInput_SaysSoAtTheFieldsAndKeepsTheAddress()
    {
        await using var app = await RunningApp.StartAsync();
        using var browser = new BrowserSession(app);

        var response = await browser.SubmitAsync($"/setup?token={BrowserSession.SetupTokenOf(app)}", "owner", ("Input.Email", "ada"), ("Input.Password", "short"), ("Input.Repeated", "short"));

        var html = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        html.ShouldContain("not an e-mail address");
        html.ShouldContain("at least 10 characters");
        html.ShouldContain("value=\"ada\"");
        (await UsersOf(app)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Setup_WithTheToken_CreatesTheOwnerOnceAndSignsIn()
    {
        await using var app = await RunningApp.StartAsync();
        using var browser = new BrowserSession(app);
        var page = $"/setup?token={BrowserSession.SetupTokenOf(app)}";

        var response = await browser.SubmitAsync(page, "owner", Owner);

        response.Headers.Location!.OriginalString.ShouldEndWith("/setup/provider");
        (await browser.Client.GetAsync(new Uri("/setup/provider", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.OK);
        var owner = (await UsersOf(app)).ShouldHaveSingleItem();
        owner.Role.ShouldBe(UserRole.Owner);
        owner.TenantId.ShouldBe(app.Tenant().Id);
        var again = await app.Http.GetAsync(new Uri(page, UriKind.Relative), TestContext.Current.CancellationToken);
        again.StatusCode.ShouldBe(HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task Setup_TwoFormsAtOnce_CreateOneOwner()
    {
        await using var app = await RunningApp.StartAsync();
        var page = $"/setup?token={BrowserSession.SetupTokenOf(app)}";
        using var first = new BrowserSession(app);
        using var second = new BrowserSession(app);
        var html = await Task.WhenAll(Open(first), Open(second));

        var responses = await Task.WhenAll(first.SendAsync(page, html[0], "owner", Owner), second.SendAsync(page, html[1], "owner", [("Input.Email", "eve@example.com"), .. Owner[1..]]));

        responses.Count(response => response.Headers.Location?.OriginalString.EndsWith("/setup/provider", StringComparison.Ordinal) == true).ShouldBe(1);
        (await UsersOf(app)).Count.ShouldBe(1);

        Task<string> Open(BrowserSession browser) => browser.Client.GetStringAsync(new Uri(page, UriKind.Relative), TestContext.Current.CancellationToken);
    }

    private static Task<IReadOnlyList<UserAccount>> UsersOf(RunningApp app) => app.Services.GetRequiredService<UserDirectory>().ListAsync(TestContext.Current.CancellationToken);
}
