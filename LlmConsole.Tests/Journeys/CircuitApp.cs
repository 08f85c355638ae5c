using LlmConsole.Core.Configuration;
using LlmConsole.Tests.Authentication;
using LlmConsole.Tests.Support;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LlmConsole.Tests.Journeys;

/// <summary>An app behind a network that can be cut, in which a user may have two pages open.</summary>
public sealed class CircuitApp : IAsyncLifetime
{
    public RunningApp App { get; private set; } = null!;

    internal TcpProxy Network { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        App = await RunningApp.StartAsync(
            services => services.PostConfigure<SecurityStampValidatorOptions>(sessions => sessions.ValidationInterval = TimeSpan.FromSeconds(1)),
            settings: ("Limits:MaxPagesPerUser", "2"));
        await BrowserSession.CreateOwnerAsync(App);
        Network = TcpProxy.To(App.BaseAddress.Port);
    }

    public async ValueTask DisposeAsync()
    {
        await Network.DisposeAsync();
        await App.DisposeAsync();
    }

    /// <summary>A browser of a new user with this role, who sees the app through the network.</summary>
    internal async Task<(Browser Browser, string UserId)> SignInAsync(UserRole role)
    {
        var email = $"{Guid.NewGuid():N}@example.com";
        var user = await BrowserSession.CreateUserAsync(App, email, role);
        var browser = await Browser.StartAsync(new UriBuilder(App.BaseAddress) { Port = Network.Port }.Uri);
        await browser.Page.GotoAsync("/account/sign-in");
        await browser.Page.GetByLabel("E-mail address").FillAsync(email);
        await browser.Page.GetByLabel("Password").FillAsync(BrowserSession.Password);
        await browser.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Sign in" }).ClickAsync();
        await Expect(browser.Page).Not.ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/account/"));
        return (browser, user.Id);
    }
}
