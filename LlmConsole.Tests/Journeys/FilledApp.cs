using LlmConsole.Core.Configuration;
using LlmConsole.Core.Conversations;
using LlmConsole.Core.Storage;
using LlmConsole.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace LlmConsole.Tests.Journeys;

/// <summary>An app that has been in use, a provider behind it, and its owner's browser.</summary>
public sealed class FilledApp : IAsyncLifetime
{
    public const string Email = "owner@example.com";
    public const string Password = "correct horse battery";

    private static readonly string[] Questions = ["Which regions does the shop ship to?", "Draft an answer to a late delivery", "Explain our refund rules to a customer"];

    public RunningApp App { get; private set; } = null!;

    public ScriptedProvider Provider { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Provider = await ScriptedProvider.StartAsync();
        App = await RunningApp.StartAsync(("Bootstrap:AdminEmail", Email), ("Bootstrap:AdminPassword", Password));
        await SampleBooks.FillAsync(App, Provider.BaseUrl);
        await SampleHooks.FillAsync(App);
        await RememberAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        await Provider.DisposeAsync();
    }

    /// <summary>A browser of this theme and width, signed in as the owner.</summary>
    internal Task<Browser> SignInAsync(string theme, int width) => SignInAsync(App, theme, width);

    /// <summary>A browser of this theme and width, signed in as the owner of the app.</summary>
    internal static Task<Browser> SignInAsync(RunningApp app, string theme, int width) => SignInAsync(app.BaseAddress, theme, width);

    internal static async Task<Browser> SignInAsync(Uri address, string theme, int width)
    {
        var browser = await Browser.StartAsync(address);
        await browser.Page.SetViewportSizeAsync(width, width < 700 ? 812 : 900);
        await browser.Page.Context.AddCookiesAsync([new Cookie { Name = "theme", Value = theme, Url = address.ToString() }]);
        await browser.Page.GotoAsync("/account/sign-in");
        await browser.Page.GetByLabel("E-mail address").FillAsync(Email);
        await browser.Page.GetByLabel("Password").FillAsync(Password);
        await browser.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Sign in" }).ClickAsync();
        await browser.Page.WaitForURLAsync("**/admin");
        return browser;
    }

    /// <summary>Conversations of the days before.</summary>
    private async Task RememberAsync()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var db = await App.Services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>().CreateDbContextAsync(cancellation);
        var owner = await db.Set<User>().SingleAsync(cancellation);
        var now = App.Services.GetRequiredService<TimeProvider>().GetUtcNow();
        foreach (var (question, days) in Questions.Select((question, days) => (question, days)))
        {
            var at = now.AddDays(-days).AddMinutes(-20);
            db.Add(new Conversation { Id = $"conv_{days}", UserId = owner.Id, Title = question, Model = SampleBooks.FastModel, CreatedAt = at, UpdatedAt = at });
            db.Add(new Message { Id = $"msg_{days}_q", ConversationId = $"conv_{days}", Role = MessageRole.User, Text = question, CreatedAt = at });
            db.Add(new Message { Id = $"msg_{days}_a", ConversationId = $"conv_{days}", Role = MessageRole.Assistant, Text = "The pages on shipping and refunds hold the rules in full.", CreatedAt = at.AddMilliseconds(1) });
        }

        await db.SaveChangesAsync(cancellation);
    }
}
