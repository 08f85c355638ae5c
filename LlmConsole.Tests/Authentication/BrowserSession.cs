using System.Net;
using System.Text.RegularExpressions;
using LlmConsole.Authentication;
using LlmConsole.Core.Configuration;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Authentication;

/// <summary>A browser without script: cookies, pages and forms, no redirects followed.</summary>
internal sealed partial class BrowserSession(RunningApp app) : IDisposable
{
    public const string Password = "correct horse battery";

    private HttpClient? _client;

    public CookieContainer Cookies { get; } = new();

    public HttpClient Client => _client ??= new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = Cookies, UseProxy = false }) { BaseAddress = app.BaseAddress };

    /// <summary>The first owner, made as set-up makes it.</summary>
    public static async Task<UserAccount> CreateOwnerAsync(RunningApp app, string email = "owner@example.com") =>
        (await app.Services.GetRequiredService<UserDirectory>().CreateFirstOwnerAsync(email, Password, null, TestContext.Current.CancellationToken))!;

    public static Task<UserAccount> CreateUserAsync(RunningApp app, string email, UserRole role) =>
        app.Services.GetRequiredService<UserDirectory>().CreateAsync(UserEditor.System, new NewUser(email, Password, role, app.Tenant().Id), TestContext.Current.CancellationToken);

    /// <summary>The token of the set-up link in the log.</summary>
    public static string SetupTokenOf(RunningApp app) => app.Log.Lines.Select(line => SetupTokenPattern().Match(line)).Last(match => match.Success).Groups[1].Value;

    public Task<HttpResponseMessage> SignInAsync(string email, string password = Password, string page = "/account/sign-in") =>
        SubmitAsync(page, "sign-in", ("Input.Email", email), ("Input.Password", password));

    /// <summary>Opens the page, fills in its form and sends it.</summary>
    public async Task<HttpResponseMessage> SubmitAsync(string page, string form, params (string Name, string Value)[] fields)
    {
        var html = await Client.GetStringAsync(new Uri(page, UriKind.Relative), TestContext.Current.CancellationToken);
        return await SendAsync(page, html, form, fields);
    }

    /// <summary>Sends a form of a page that was opened before.</summary>
    public Task<HttpResponseMessage> SendAsync(string page, string html, string form, params (string Name, string Value)[] fields)
    {
        var token = AntiforgeryPattern().Match(html).Groups[1].Value;
        var content = new FormUrlEncodedContent([.. fields.Select(field => KeyValuePair.Create(field.Name, field.Value)), new("__RequestVerificationToken", token), new("_handler", form)]);
        return Client.PostAsync(new Uri(page, UriKind.Relative), content, TestContext.Current.CancellationToken);
    }

    public void Dispose() => _client?.Dispose();

    [GeneratedRegex("""name="__RequestVerificationToken" value="([^"]+)""")]
    private static partial Regex AntiforgeryPattern();

    [GeneratedRegex("/setup\\?token=([0-9a-f]+)")]
    private static partial Regex SetupTokenPattern();
}
