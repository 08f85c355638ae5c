using System.Net;
using LlmConsole.Authentication;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Authentication;

/// <summary>Whom something opens to.</summary>
internal enum Level
{
    Everyone, Caller, SignedIn, ViewAsUser, View, Edit, Own, Nobody,
}

/// <summary>Everybody who may come. Neighbours belong to another tenant.</summary>
internal enum Who
{
    Stranger, Key, NeighboursKey, AdminKey, Member, Neighbour, Viewer, Admin, Owner,
}

/// <summary>One who came.</summary>
/// <param name="Client">Presents what they have.</param>
/// <param name="Key">The key that they present.</param>
/// <param name="Cookies">Their session.</param>
internal sealed record Visitor(Who Who, HttpClient Client, string? Key, CookieContainer? Cookies)
{
    /// <summary>Whether something of this level, at this path, opens to them.</summary>
    public bool IsAllowed(Level level, string path) => level switch
    {
        Level.Everyone => true,
        Level.Caller => Who is Who.Key or Who.NeighboursKey,
        Level.SignedIn => Who >= Who.Member,
        Level.ViewAsUser => Who >= Who.Viewer,
        Level.View => Who >= Who.Viewer || (Who == Who.AdminKey && TakesAdminKeys(path)),
        Level.Edit => Who >= Who.Admin || (Who == Who.AdminKey && TakesAdminKeys(path)),
        Level.Own => Who == Who.Owner,

        // The page that says so.
        _ => false,
    };

    private static bool TakesAdminKeys(string path) => path.StartsWith("/admin/v1/", StringComparison.Ordinal) || path.StartsWith("/hubs/", StringComparison.Ordinal);
}

/// <summary>An app to which everybody came.</summary>
public sealed class VisitedApp : IAsyncLifetime
{
    private readonly List<Visitor> _visitors = [];
    private readonly List<BrowserSession> _sessions = [];

    public RunningApp App { get; private set; } = null!;

    internal IReadOnlyList<Visitor> Visitors => _visitors;

    public async ValueTask InitializeAsync()
    {
        App = await RunningApp.StartAsync();
        var neighbour = App.Tenant() with { Id = Ids.NewRandom("ten"), Name = "Neighbour" };
        await App.PutAsync(neighbour);
        await BrowserSession.CreateOwnerAsync(App, "Owner@example.com");
        foreach (var who in (Who[])[Who.Member, Who.Viewer, Who.Admin]) await BrowserSession.CreateUserAsync(App, $"{who}@example.com", Enum.Parse<UserRole>(who.ToString()));
        await App.Services.GetRequiredService<UserDirectory>().CreateAsync(UserEditor.System, new NewUser("Neighbour@example.com", BrowserSession.Password, UserRole.Member, neighbour.Id), TestContext.Current.CancellationToken);

        Add(Who.Stranger, null);
        Add(Who.Key, await App.IssueKeyAsync());
        Add(Who.NeighboursKey, await App.IssueKeyAsync(neighbour.Name));
        Add(Who.AdminKey, await App.IssueAdminKeyAsync());
        foreach (var who in Enum.GetValues<Who>().Where(who => who >= Who.Member)) await SignInAsync(who);
    }

    public ValueTask DisposeAsync()
    {
        foreach (var visitor in _visitors.Where(visitor => visitor.Cookies is null)) visitor.Client.Dispose();
        foreach (var session in _sessions) session.Dispose();
        return App.DisposeAsync();
    }

    private void Add(Who who, string? key) => _visitors.Add(new Visitor(who, App.Client(key), key, null));

    private async Task SignInAsync(Who who)
    {
        var session = new BrowserSession(App);
        _sessions.Add(session);
        (await session.SignInAsync($"{who}@example.com")).Dispose();
        _visitors.Add(new Visitor(who, session.Client, null, session.Cookies));
    }
}
